// Making elements: el("td", { class: "number" }, "12") instead of five lines.
//
// DO1: texts become text nodes: no word of a trace is ever read as HTML.
// DO2: refill() leaves what is as before: it is not laid out again, and keeps the focus. What can be pressed stays only when
//      it is the same to the letter, so its title names what it leads to.

type Child = Node | string | null | false;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;
type Listener = (event: Event) => void;

const SVG = "http://www.w3.org/2000/svg";

/** An element; attributes that are null or false are left out, `on` names listeners. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	attributes: Attributes = {},
	...children: Child[]
): HTMLElementTagNameMap[Tag] {
	const element = document.createElement(tag);
	fill(element, attributes, children);
	return element;
}

/** The same for drawings. */
export function svg(
	tag: string,
	attributes: Attributes = {},
	...children: Child[]
): SVGElement {
	const element = document.createElementNS(SVG, tag) as SVGElement;
	fill(element, attributes, children);
	return element;
}

/** A button that says what it does, in words or as a sign with a title. */
export function button(
	label: string,
	title: string,
	press: Listener,
	attributes: Attributes = {},
): HTMLButtonElement {
	const made = el(
		"button",
		{ type: "button", title, "aria-label": title, ...attributes },
		label,
	);
	made.addEventListener("click", press);
	return made;
}

/** Makes the children of an element what they are to be (DO2). */
export function refill(element: Element, ...children: Child[]): void {
	const wanted = children
		.filter(isNode)
		.map((child) =>
			typeof child === "string" ? document.createTextNode(child) : child,
		);
	const old = [...element.childNodes];
	const staying = new Set<Node>(
		wanted.filter((node) => old.includes(node as never)),
	);
	const result = wanted.map((node, at) => {
		const before = old[at];
		if (before === undefined || staying.has(node) || staying.has(before))
			return node;
		return becomes(before, node) ? before : node;
	});
	arrange(element, result);
}

/** Elements that a view keeps and fills itself: they are never taken for one another. */
const KEPT = new WeakSet<Node>();

/** Marks an element that a view keeps. */
export function kept<Kind extends Element>(element: Kind): Kind {
	KEPT.add(element);
	return element;
}

/** Elements that nobody listens to: they may be changed instead of replaced. */
const PLAIN =
	/^(table|thead|tbody|tr|th|td|caption|ol|ul|li|div|span|p|h2|h3|header)$/i;

/** Makes `before` what `after` is, where that can be. */
function becomes(before: Node, after: Node): boolean {
	if (KEPT.has(before) || KEPT.has(after)) return false;
	if (before.isEqualNode(after)) return true;
	if (before.nodeName !== after.nodeName) return false;
	if (before instanceof Text) {
		before.data = (after as Text).data;
		return true;
	}
	if (!PLAIN.test(before.nodeName)) return false;
	const [one, other] = [before as Element, after as Element];
	for (const name of one.getAttributeNames())
		if (!other.hasAttribute(name)) one.removeAttribute(name);
	for (const { name, value } of other.attributes)
		if (one.getAttribute(name) !== value) one.setAttribute(name, value);
	refill(one, ...other.childNodes);
	return true;
}

/** Puts nodes into an element, in order, and moves none that is in its place. */
export function arrange(element: Element, nodes: readonly Node[]): void {
	const wanted = new Set(nodes);
	let at = element.firstChild;
	for (const node of nodes) {
		while (at !== null && !wanted.has(at)) {
			const next: ChildNode | null = at.nextSibling;
			at.remove();
			at = next;
		}
		if (node === at) at = at.nextSibling;
		else element.insertBefore(node, at);
	}
	while (at !== null) {
		const next = at.nextSibling;
		at.remove();
		at = next;
	}
}

const isNode = (child: Child): child is Node | string =>
	child !== null && child !== false;

function fill(
	element: Element,
	attributes: Attributes,
	children: readonly Child[],
): void {
	for (const [name, value] of Object.entries(attributes))
		if (value !== null && value !== false)
			element.setAttribute(name, value === true ? "" : String(value));
	element.append(...children.filter(isNode));
}

/** The size of an element, kept: to ask for it while the page is being changed makes the browser lay it out each time. */
export class Size {
	width = 1;
	height = 1;

	/** `changed` is called whenever the size is another. */
	constructor(element: Element, changed: () => void) {
		new ResizeObserver(([entry]) => {
			if (entry === undefined) return;
			this.width = Math.max(1, entry.contentRect.width);
			this.height = Math.max(1, entry.contentRect.height);
			changed();
		}).observe(element);
	}
}

/** A canvas as large as its element and as sharp as the screen; returns its context, in the pixels of the page. */
export function sharpen(
	canvas: HTMLCanvasElement,
	size: Size,
): CanvasRenderingContext2D {
	const ratio = window.devicePixelRatio || 1;
	const width = Math.max(1, Math.round(size.width * ratio));
	const height = Math.max(1, Math.round(size.height * ratio));
	if (canvas.width !== width) canvas.width = width;
	if (canvas.height !== height) canvas.height = height;
	const context = canvas.getContext("2d") as CanvasRenderingContext2D;
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	context.clearRect(0, 0, size.width, size.height);
	return context;
}

/** Colours of the page's furniture, for canvases. */
export interface Furniture {
	readonly paper: string;
	readonly ink: string;
	readonly faint: string;
	readonly line: string;
	readonly accent: string;
}

/** Reads the furniture from the style sheet. */
export function furniture(): Furniture {
	const style = getComputedStyle(document.documentElement);
	const of = (name: string): string => style.getPropertyValue(name).trim();
	return {
		paper: of("--surface"),
		ink: of("--ink"),
		faint: of("--faint"),
		line: of("--line"),
		accent: of("--accent"),
	};
}
