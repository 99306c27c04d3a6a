import { expect } from "chai";
import * as fc from "fast-check";
import { packState, unpackState } from "../../../../kernel/trace/fold/state";

describe("key frames as bytes", () => {
	it("KF1: come back as they were", () => {
		const sparse = fc.array(fc.tuple(fc.nat(999), fc.integer()), {
			maxLength: 20,
		});
		fc.assert(
			fc.property(sparse, sparse, fc.jsonValue(), (words, marks, plain) => {
				const columns = () =>
					[
						new Int32Array(1000),
						new Uint8Array(1000),
						new Float64Array(7),
					] as const;
				const [a, b, c] = columns();
				for (const [at, value] of words) a[at] = value;
				for (const [at, value] of marks) b[at] = value;
				c[3] = words.length + 0.5;
				const bytes = packState({ plain }, [a, b, c]);
				const [x, y, z] = columns();
				x.fill(9);
				y.fill(9);
				const found = unpackState<unknown>(bytes, () => [x, y, z]);
				expect(found).to.deep.equal(JSON.parse(JSON.stringify({ plain })));
				expect([x, y, z]).to.deep.equal([a, b, c]);
			}),
		);
	});

	it("leave out what is zero", () => {
		const large = new Int32Array(1_000_000);
		large[5] = 1;
		expect(packState(null, [large]).length).to.be.lessThan(20_000);
	});

	it("KF2: are refused where a column has another length", () => {
		const bytes = packState({}, [new Int32Array(10)]);
		expect(() => unpackState(bytes, () => [new Int32Array(11)])).to.throw(
			"another machine",
		);
	});
});
