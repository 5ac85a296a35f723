// Everybody's collections: "More" appends to the list.

import { moreRows } from "../saved/more.js";

const rows = document.getElementById("rows");
if (rows) moreRows(rows);
document.documentElement.dataset.ready = "";
