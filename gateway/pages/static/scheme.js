// Before anything is drawn: room for what scripts add, so that nothing moves when they come; and light or dark as it was
// chosen here before, else what the system says.
(() => {
  document.documentElement.classList.add("scripted");
  try {
    const chosen = localStorage.getItem("scheme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
  } catch {
    // storage is closed to us: the system's scheme holds
  }
})();
