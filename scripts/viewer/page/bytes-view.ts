// The bytes of a frame: the simulator runs the scenario again, up to the current event, and what the frame holds is shown.
//
//   ffff888001000000  6b 6b 6b 6b 6b 6b 6b a5   00 10 00 01 80 88 ff ff   |kkkkkkk.........|
//
// BY1: nothing runs again unless the reader asked for bytes; while they are shown they follow the play head when it rests.

import { addressText } from "../model/numbers";
import { button, el, refill } from "./dom";
import type { Rerun } from "./rerun";
import { Resting } from "./rest";
import type { Scene } from "./scene";

const LINE = 16; // bytes

/** A dump that can be opened. */
export class BytesView {
	readonly element = el("div", { class: "card bytes" });
	private readonly dump = el("pre", { class: "dump", tabindex: 0 });
	private isOpen = false;
	private wanted = "";
	private shown: readonly [Scene, number] | null = null;
	private readonly resting = new Resting();

	constructor(private readonly rerun: Rerun | null) {
		this.element.hidden = rerun === null;
	}

	/** Shows the frame, or, with -1, nothing. */
	show(scene: Scene, pfn: number): void {
		if (this.rerun === null) return;
		this.element.hidden = pfn < 0;
		if (pfn < 0) return;
		this.shown = [scene, pfn];
		const key = `${pfn} ${scene.state.event}`;
		if (key === this.wanted) return;
		this.wanted = key;
		refill(
			this.element,
			el(
				"header",
				{},
				el("h3", {}, "Bytes"),
				button(
					this.isOpen ? "hide" : "run again and show",
					"Run the scenario again to this event and show the bytes of the frame",
					() => this.toggle(),
				),
			),
			this.isOpen && this.dump,
		);
		this.resting.cancel();
		if (this.isOpen)
			this.resting.afterwards(() => this.load(pfn, scene.state.event, key));
	}

	private toggle(): void {
		this.isOpen = !this.isOpen;
		this.wanted = "";
		if (this.shown !== null) this.show(...this.shown);
	}

	private async load(pfn: number, event: number, key: string): Promise<void> {
		this.dump.textContent = "running the scenario again …";
		try {
			const bytes = await (this.rerun as Rerun).ask("bytes", event, { pfn });
			if (key === this.wanted)
				this.dump.textContent = dumpText(bytes, pfn * 4096);
		} catch (error) {
			if (key === this.wanted) this.dump.textContent = (error as Error).message;
		}
	}
}

/** Lines of sixteen bytes; lines that repeat the one before are left out, as `*`. */
export function dumpText(bytes: Uint8Array, address: number): string {
	const lines: string[] = [];
	let before = "";
	for (let at = 0; at < bytes.length; at += LINE) {
		const part = bytes.subarray(at, at + LINE);
		const hex = [...part].map((byte) => byte.toString(16).padStart(2, "0"));
		const text = [...part].map((byte) =>
			byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".",
		);
		const own = `${hex.slice(0, 8).join(" ")}  ${hex.slice(8).join(" ")}  |${text.join("")}|`;
		if (own !== before)
			lines.push(`${addressText(address + at).slice(2)}  ${own}`);
		else if (lines.at(-1) !== "*") lines.push("*");
		before = own;
	}
	return lines.join("\n");
}
