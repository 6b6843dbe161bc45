// Gives the secret of the link back, and keeps nothing of it: neither in the address nor in a script.
"use strict";

const said = document.getElementById("said");
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const begin = async () => {
  const answer = await fetch("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret }),
  });
  const told = await answer.json();
  said.textContent = answer.ok ? `${told.name}: ${told.access}` : told.detail;
};

if (secret) begin(); else said.textContent = "This page needs the whole link that an organizer sent.";
