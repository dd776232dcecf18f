// An image that was deleted leaves the list of recent uploads too, and one that was not stays in it. Without this script the
// form deletes by itself.
import { forget } from "./upload.js";
import { told } from "./words.js";

const GONE = 404; // somebody else was faster
const form = document.querySelector("#delete");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [button, problem] = [form.querySelector("button"), form.querySelector("#problem")];
  button.disabled = true;
  problem.textContent = "";
  try {
    const answer = await fetch(form.dataset.image, { method: "DELETE", headers: { Accept: "application/json" } });
    if (answer.ok || answer.status === GONE) {
      forget(form.dataset.id);
      location.assign(form.dataset.index);
      return;
    }
    problem.replaceChildren(...told(answer.status, (await answer.json()).detail));
  } catch {
    problem.textContent = "The connection broke. Try again.";
  }
  button.disabled = false;
});
