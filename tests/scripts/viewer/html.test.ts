import { expect } from "chai";
import { pageHtml } from "../../../scripts/viewer/html";

const BUNDLE = {
	script: 'const a = "</script><!-- <script>";',
	style: "p { color: red }",
	simulator: "worker()",
};

describe("the page's file", () => {
	const trace = Uint8Array.from({ length: 300 }, (_, at) => at);
	const PAGE = { title: "t", trace, plan: null, whyNot: "", salvage: false };

	it("HT1: no part ends the element that it stands in", () => {
		const plan = { document: "</script><script>alert(1)</script>" };
		const html = pageHtml(
			{ ...PAGE, title: "<b>&", plan: plan as never },
			BUNDLE,
		);
		expect(html.match(/<script/g)?.length).to.equal(4);
		expect(html.match(/<\/script>/g)?.length).to.equal(4);
		expect(html).not.to.include("<!--");
		expect(html).to.include("<title>&lt;b>&amp; · Flagstone</title>");
		const about = /id="about">(.*)<\/script>/.exec(html)![1]!;
		expect(JSON.parse(about)).to.deep.equal({
			title: "<b>&",
			plan,
			whyNot: "",
			salvage: false,
		});
	});

	it("HT2: names no address, and forbids every request", () => {
		const html = pageHtml(PAGE, BUNDLE);
		expect(html).not.to.match(/https?:/);
		expect(html).to.include("default-src 'none'");
		expect(html).not.to.include("worker()");
		const base64 = /id="trace">(.*)<\/script>/.exec(html)![1]!;
		expect([...Buffer.from(base64, "base64")]).to.deep.equal([...trace]);
	});
});
