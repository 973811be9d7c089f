// Streamlit draws what a popover opens at the end of the page, where the keyboard would come to it after all else.
// So the focus goes in when one is opened by keyboard; Escape brings it back to the button, which Streamlit sees to.
const PATIENCE = 2000; // milliseconds until a popover that does not open is given up

function enter(button) {
  const until = Date.now() + PATIENCE;
  const look = () => {
    if (document.activeElement !== button || Date.now() > until) return; // the user has gone elsewhere
    const body = document.querySelector("[data-testid=stPopoverBody]");
    if (!body) return setTimeout(look, 20);
    body.tabIndex = -1; // the whole, since its controls may still be on their way
    body.focus();
  };
  look();
}

function opened(event) {
  const byKeyboard = event.detail === 0;
  const button = event.target.closest?.("[data-testid=stPopoverButton]");
  if (byKeyboard && button?.getAttribute("aria-expanded") === "false") enter(button);
}

if (!window.riskcorePopoverFocus) {
  window.riskcorePopoverFocus = true; // the script is run again where the component is drawn anew
  document.addEventListener("click", opened, { capture: true }); // before Streamlit opens it
}
