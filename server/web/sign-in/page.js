// Gives the secret of the link back, and keeps nothing of it: neither in the address nor in a script.
"use strict";

const said = document.getElementById("said");
const replace = document.getElementById("replace");
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const begin = async (body) => {
  const answer = await fetch("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (told.code === "signed_in") return ask();
  said.textContent = answer.ok ? `${told.name}: ${told.access}` : told.detail;
};

// Whoever is signed in decides whether this link ends that session: another site may have led them here.
const ask = async () => {
  const present = await (await fetch("/v1/session")).json();
  said.textContent =
    `${present.name}: бұл браузер кіріп тұр. Этот браузер уже вошёл. This browser is signed in already.`;
  replace.hidden = false;
  replace.onclick = () => {
    replace.hidden = true;
    begin({ secret, replace: true });
  };
};

if (secret) begin({ secret }); else said.textContent = "This page needs the whole link that an organizer sent.";
