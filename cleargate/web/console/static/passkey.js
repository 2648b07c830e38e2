// Passkeys: the device is asked by what the page holds, and what it signs goes back in the form.
// Nothing is fetched; the form is one of those that prove where they came from.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function asked(options) {
  const given = JSON.parse(options);
  given.challenge = bytes(given.challenge);
  if (given.user) given.user.id = bytes(given.user.id);
  for (const list of [given.excludeCredentials, given.allowCredentials])
    for (const one of list ?? []) one.id = bytes(one.id);
  return given;
}

function answered(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) said[name] = text(response[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: said,
  });
}

export function offerPasskeys(form) {
  if (!globalThis.PublicKeyCredential) return;
  form.hidden = false;
  const told = form.querySelector("[role=status]");
  form.addEventListener("submit", async (event) => {
    const field = form.elements.response;
    if (field.value) return;
    event.preventDefault();
    const publicKey = asked(form.dataset.options);
    const how = form.dataset.passkey === "make" ? "create" : "get";
    try {
      field.value = answered(await navigator.credentials[how]({ publicKey }));
      form.requestSubmit();
    } catch {
      told.textContent = form.dataset.failed;
    }
  });
}
