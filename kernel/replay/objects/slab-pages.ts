// Slab pages: which page events of a recording are the slab allocator's own, for whoever plays the pages.
//
//   mm_page_alloc of a slab       not to be played: the slab caches here ask for their pages themselves
//   mm_page_free of a slab        not to be played: they give them back themselves
//   everything else               a program's, the page cache's, ...
//
// SP1: sees every event from the beginning of the file on, in the second pass as the survey did in the first.

import { type KmemEvent, PAGE_ALLOC, PAGE_FREE } from "../reading/event";
import { mayBeSlab, type SlabLives } from "./slab-lives";

/** Tells page events of slabs from the others. */
export class SlabPages {
	private readonly isSlab = new Set<number>(); // first frames
	private candidates = 0;

	constructor(private readonly lives: SlabLives) {
		for (let life = 1; life < lives.size; life++)
			if (lives.isSlab(life) && lives.birth(life) < 0)
				this.isSlab.add(lives.pfn(life));
	}

	/** Takes an event; returns whether it is a page event of the slab allocator. */
	take({ kind, pfn, gfp }: KmemEvent): boolean {
		if (kind === PAGE_FREE) return this.isSlab.delete(pfn);
		if (kind !== PAGE_ALLOC || pfn <= 0 || !mayBeSlab(gfp)) return false;
		const { lives } = this;
		const isSlab = lives.isSlab(lives.candidate(this.candidates++));
		if (isSlab) this.isSlab.add(pfn);
		return isSlab;
	}
}
