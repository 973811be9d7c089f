// The label says that it worked; where the browser offers no clipboard (plain http from elsewhere), the link is shown.
export default function ({ parentElement }) {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("span");
  button.onclick = async () => {
    const link = window.location.href;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      window.prompt("Copy this link:", link);
      return;
    }
    button.textContent = "Link copied";
    status.textContent = "Link copied";
    setTimeout(() => {
      button.textContent = "Copy link";
      status.textContent = "";
    }, 2000);
  };
}
