"use strict";
// Keeps the page fresh by short polling: YARN's proxy buffers streams and passes no
// conditional requests, so small answers that are asked for again are what works.

const main = document.getElementById("job");

async function refresh() {
  try {
    const answer = await fetch("fragment");
    if (answer.redirected) {
      location.reload(); // the job is over: the proxy leads elsewhere
      return;
    }
    if (answer.ok) main.innerHTML = await answer.text();
  } catch {
    // The ApplicationMaster is gone or the network is: the last picture stays.
  }
  setTimeout(refresh, document.hidden ? 15000 : 2000);
}

async function put(path, words) {
  const session = await (await fetch("api/session")).json();
  const answer = await fetch(path, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: session.token, ...words }),
  });
  if (!answer.ok) alert((await answer.json()).error);
}

main.addEventListener("click", async (event) => {
  if (event.target.id === "stop" && confirm("Stop the job?")) {
    await put("api/stop", { reason: "from the web page" });
  } else if (event.target.id === "save") {
    event.target.disabled = true; // until the next picture
    await put("api/save", {});
  }
});

setTimeout(refresh, 2000);
