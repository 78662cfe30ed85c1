// Where menus, lists and tips are put, so that nothing that can be read is outside the page's landmarks.

export const POPUPS = 'popups';

export function popupRoot(): Element {
  return document.getElementById(POPUPS) ?? document.body;
}
