// Checks a receipt: the log's signature on the checkpoint, and the way from the entry's hash to the
// signed root. The same as cleargate/log/receipts.py, check_proof; a test runs both on the same
// receipts, true and damaged. Sources: RFC 9162, 2.1.3.2; C2SP signed-note, tlog-checkpoint.

const ED25519 = 1;
const HASH = 32;

// true: the receipt is right. false: it is not. null: this browser cannot tell.
export async function checkReceipt(receipt, vkey) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return null;
  const verifier = parseKey(vkey);
  if (!verifier || (await keyId(subtle, verifier)) !== verifier.id) return false;
  const note = parseNote(receipt.checkpoint);
  if (!note || note.origin !== verifier.name || note.size !== receipt.tree_size) return false;
  const signed = await isSigned(subtle, note, verifier);
  if (!signed) return signed;
  const leaf = bytes(receipt.leaf_hash);
  const proof = receipt.proof.map(bytes);
  if ([leaf, note.root, ...proof].some((hash) => hash?.length !== HASH)) return false;
  const root = await rootOf(subtle, receipt.index, receipt.tree_size, leaf, proof);
  return root !== null && same(root, note.root);
}

function parseKey(vkey) {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey.trim());
  const raw = parts && bytes(parts[3]);
  if (!raw || raw.length !== HASH + 1 || raw[0] !== ED25519) return null;
  return { name: parts[1], id: parts[2], raw, public: raw.slice(1) };
}

async function keyId(subtle, { name, raw }) {
  const text = new TextEncoder().encode(`${name}\n`);
  const digest = await sha256(subtle, text, raw);
  return [...digest.slice(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// A note is its text, an empty line, and one line for each signature.
function parseNote(note) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0) return null;
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size ?? "")) return null;
  const signatures = note.slice(end + 2).split("\n").filter(Boolean);
  return { text, origin, size: Number(size), root: bytes(root ?? ""), signatures };
}

async function isSigned(subtle, note, verifier) {
  let key;
  try {
    key = await subtle.importKey("raw", verifier.public, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null; // a browser without Ed25519
  }
  const text = new TextEncoder().encode(note.text);
  for (const line of note.signatures) {
    const parts = /^\u2014 (\S+) (\S+)$/.exec(line);
    const signature = parts && parts[1] === verifier.name && bytes(parts[2]);
    if (!signature || signature.length !== 68) continue;
    const id = [...signature.slice(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join("");
    if (id !== verifier.id) continue;
    if (await subtle.verify({ name: "Ed25519" }, key, signature.slice(4), text)) return true;
  }
  return false;
}

// RFC 9162, 2.1.3.2. Numbers stay below 2^53, so halves are taken by division and not by shifts.
async function rootOf(subtle, index, size, leaf, proof) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return null;
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const beside of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = await sha256(subtle, [1], beside, hash);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = await sha256(subtle, [1], hash, beside);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : null;
}

async function sha256(subtle, ...parts) {
  const whole = Uint8Array.from(parts.flatMap((part) => [...part]));
  return new Uint8Array(await subtle.digest("SHA-256", whole));
}

function bytes(base64) {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
}

function same(a, b) {
  return a.length === b.length && a.every((byte, k) => byte === b[k]);
}
