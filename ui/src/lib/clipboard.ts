// What the user copies.

/** Rejects where the window system refuses the clipboard, with words for a message. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot copy: ${reason}`, { cause: error });
  }
}
