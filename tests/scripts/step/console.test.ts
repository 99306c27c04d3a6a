import { EventEmitter } from "node:events";
import { expect } from "chai";
import { keysIn, openConsole } from "../../../scripts/step/console";

class FakeInput extends EventEmitter {
	readonly isTTY = true;
	raw = false;
	isFlowing = false;
	setRawMode(raw: boolean): void {
		this.raw = raw;
	}
	resume(): void {
		this.isFlowing = true;
	}
	pause(): void {
		this.isFlowing = false;
	}
}

class FakeOutput extends EventEmitter {
	readonly isTTY = true;
	columns = 20;
	rows = 3;
	text = "";
	write(text: string): void {
		this.text += text;
	}
}

describe("the console", () => {
	it("names keys, and passes over what is none", () => {
		expect(keysIn("\x1b[C\x1b[1;2Dn/ ?\x1b[99~\x1b")).to.deep.equal([
			...["right", "shift-left", "n", "/", " ", "?", "escape"],
		]);
		expect(keysIn("\x01\x1b[9;9X")).to.deep.equal([]);
		expect(keysIn("é\r\x7f\x03")).to.deep.equal([
			...["é", "enter", "backspace", "ctrl-c"],
		]);
	});

	it("is there only where both ends are terminals", () => {
		const input = new FakeInput();
		const file = { on: () => {}, write: () => {} };
		expect(openConsole(input, file)).to.equal(null);
		expect(input.raw).to.equal(false);
	});

	it("draws as many lines as there are rows, each to its end", () => {
		const output = new FakeOutput();
		const console = openConsole(new FakeInput(), output);
		output.text = "";
		console?.draw(["one", "two", "three", "four"]);
		expect(output.text).to.equal(
			"\x1b[Hone\x1b[0m\x1b[K\r\ntwo\x1b[0m\x1b[K\r\nthree\x1b[0m\x1b[K\x1b[J",
		);
	});

	it("tells keys and new sizes", () => {
		const input = new FakeInput();
		const output = new FakeOutput();
		const console = openConsole(input, output);
		const heard: string[] = [];
		console?.onKey((key) => heard.push(key));
		console?.onResize(() => heard.push(`${console.columns}`));
		input.emit("data", Buffer.from("n\x1b[D"));
		output.columns = 99;
		output.emit("resize");
		expect(heard).to.deep.equal(["n", "left", "99"]);
	});

	it("CO1: gives the terminal back, once", () => {
		const input = new FakeInput();
		const output = new FakeOutput();
		const console = openConsole(input, output);
		expect([input.raw, input.isFlowing]).to.deep.equal([true, true]);
		console?.close();
		console?.close();
		console?.draw(["late"]);
		expect([input.raw, input.isFlowing]).to.deep.equal([false, false]);
		expect(output.text.endsWith("\x1b[?25h\x1b[?1049l")).to.equal(true);
		expect(output.text.split("\x1b[?1049l").length).to.equal(2);
	});
});
