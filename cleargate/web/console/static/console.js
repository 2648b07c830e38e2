// What pages can do without and have more of with it: receipts are checked in this browser, the
// columns follow the data set, a page can be printed. Nothing is fetched from anywhere.
import { offerPasskeys } from "./passkey.js";
import { checkReceipt } from "./receipt.js";

for (const place of document.querySelectorAll(".check-receipt")) {
  const told = place.querySelector("p");
  const { receipt, key, right, wrong, cannot } = place.dataset;
  checkReceipt(JSON.parse(receipt), key).then(
    (checked) => {
      told.textContent = checked === null ? cannot : checked ? right : wrong;
      if (checked === false) told.className = "broken";
    },
    () => {
      told.textContent = wrong;
      told.className = "broken";
    },
  );
}

for (const button of document.querySelectorAll("button[data-follows]")) {
  const field = document.getElementById(button.dataset.follows);
  button.hidden = true;
  field.addEventListener("change", () => button.form.requestSubmit(button));
}

// A link to a rule opens it.
const rule = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
const details = rule?.querySelector?.("details");
if (details) {
  details.open = true;
  rule.scrollIntoView();
}

for (const form of document.querySelectorAll("form[data-passkey]")) offerPasskeys(form);

const fault = document.querySelector(".bad input, .bad select, .bad textarea");
if (fault) fault.focus();
