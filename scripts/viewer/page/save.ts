// Saving what the page made, as a file of the reader's.

export function saveText(name: string, text: string): void {
	saveBlob(name, new Blob([text], { type: "image/svg+xml" }));
}

export function saveBlob(name: string, blob: Blob): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
