import { expect } from "chai";
import { Message } from "../../../../kernel/trace/export/protobuf";

const bytes = (message: Message): number[] => [...message.encode()];

describe("protocol buffers", () => {
	it("PB1: writes whole numbers as varints", () => {
		expect(bytes(new Message().number(1, 1))).to.deep.equal([8, 1]);
		expect(bytes(new Message().number(1, 150))).to.deep.equal([8, 150, 1]);
		expect(bytes(new Message().number(16, 127))).to.deep.equal([128, 1, 127]);
		expect(bytes(new Message().number(1, 2 ** 32))).to.deep.equal([
			...[8, 128, 128, 128, 128, 16],
		]);
		expect(bytes(new Message().number(1, 2 ** 53 - 1))).to.deep.equal([
			...[8, 255, 255, 255, 255, 255, 255, 255, 15],
		]);
	});

	it("PB1: leaves out fields of value 0, but no 0 in a list", () => {
		expect(bytes(new Message().number(3, 0))).to.deep.equal([]);
		expect(bytes(new Message().numbers(2, [3, 0, 300]))).to.deep.equal([
			...[18, 4, 3, 0, 172, 2],
		]);
	});

	it("writes texts and messages behind their lengths", () => {
		expect(bytes(new Message().text(6, "å"))).to.deep.equal([50, 2, 195, 165]);
		expect(bytes(new Message().text(6, ""))).to.deep.equal([50, 0]);
		const inner = new Message().number(1, 150);
		expect(bytes(new Message().message(3, inner))).to.deep.equal([
			...[26, 3, 8, 150, 1],
		]);
	});
});
