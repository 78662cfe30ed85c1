// Puts text on the clipboard. Fails with a sentence for the user.

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    throw new Error('the clipboard could not be written; select the text and press Ctrl C');
  }
}
