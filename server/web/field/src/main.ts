import "./style/field.css";

import { mount } from "svelte";
import App from "./App.svelte";
import { takeInvite } from "./state/invite.svelte";
import { keptApp } from "./state/kept-app.svelte";
import { begin } from "./state/prefs.svelte";
import { session } from "./state/session.svelte";

takeInvite();
const opening = session.open(false);
await begin();
mount(App, { target: document.body });
await opening;
// What is kept for the field comes after what is needed now.
keptApp.begin();
