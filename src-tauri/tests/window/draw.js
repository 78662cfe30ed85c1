// The driver takes a picture when something was drawn next; a page at rest is made to draw nothing new.
let on = false;
window.drawing = setInterval(() => {
  on = !on;
  document.documentElement.style.outline = on ? '1px solid transparent' : '';
}, 10);
