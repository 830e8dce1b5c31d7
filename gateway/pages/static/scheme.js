// Light or dark, before anything is drawn: what was chosen here before, else what the system says.
(() => {
  try {
    const chosen = localStorage.getItem("scheme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
  } catch {
    // storage is closed to us: the system's scheme holds
  }
})();
