// Puts text on the clipboard. Fails with a sentence for the user.

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyByEvent(text)) throw new Error('the clipboard could not be written; select the text and press Ctrl C');
  }
}

/** The older way, for web views that refuse the newer one when the key press is some time ago. */
function copyByEvent(text: string): boolean {
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };
  document.addEventListener('copy', put);
  try {
    return document.execCommand('copy');
  } finally {
    document.removeEventListener('copy', put);
  }
}
