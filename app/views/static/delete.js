// An image that is deleted leaves the list of recent uploads too.
import { forget } from "./upload.js";

document.querySelector("#delete").addEventListener("submit", (event) => forget(event.target.dataset.id));
