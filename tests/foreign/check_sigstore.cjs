// Checks receipts of a Cleargate log with @sigstore/verify, which npm uses to check the provenance
// of packages, and which knows nothing of Cleargate:
//
//	node check_sigstore.cjs VKEY ENTRY PROOF [ENTRY PROOF]…
//
// ENTRY is the bytes of an entry, PROOF its receipt as a C2SP tlog-proof. What is done here is to
// hand over the proof's lines in Sigstore's form; the hashes and the signature are checked there.
"use strict";
const { createPublicKey } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { verifyTLogTimestamp } = require("@sigstore/verify/dist/timestamp");

// What stands before the 32 bytes of an Ed25519 key. Source: RFC 8410, 4.
const ED25519 = Buffer.from("302a300506032b6570032100", "hex");

function log(vkey) {
  const [, id, key] = vkey.trim().split(/^[^+]+\+([0-9a-f]{8})\+/u).concat(undefined);
  const raw = Buffer.from(key ?? "", "base64").subarray(1);
  const der = Buffer.concat([ED25519, raw]);
  return {
    logID: Buffer.from(id, "hex"),
    publicKey: createPublicKey({ key: der, format: "der", type: "spki" }),
    validFor: { start: new Date(0), end: new Date(8.64e15) },
  };
}

function entry(body, proof) {
  const [head, ...rest] = proof.split("\n\n");
  const envelope = rest.join("\n\n");
  const [version, index, ...hashes] = head.split("\n");
  if (version !== "c2sp.org/tlog-proof@v1") throw new Error("no tlog-proof");
  const [, size, root] = envelope.split("\n");
  return {
    canonicalizedBody: body,
    integratedTime: "0",
    logId: { keyId: Buffer.alloc(0) },
    inclusionProof: {
      logIndex: index.replace(/^index /u, ""),
      treeSize: size,
      rootHash: Buffer.from(root, "base64"),
      hashes: hashes.map((hash) => Buffer.from(hash, "base64")),
      checkpoint: { envelope },
    },
  };
}

const [vkey, ...files] = process.argv.slice(2);
for (let i = 0; i < files.length; i += 2) {
  const proof = readFileSync(files[i + 1], "utf8");
  verifyTLogTimestamp(entry(readFileSync(files[i]), proof), [log(vkey)]);
}
console.log(`${files.length / 2} receipts`);
