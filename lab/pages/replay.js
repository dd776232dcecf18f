// The page of one recorded run: the run is in the page.
import { Player } from "./player.js";

new Player(document.getElementById("replay"), JSON.parse(document.getElementById("run").textContent));
