/** Text against what is behind it, as WCAG 2.2 measures it (1.4.3: at least 4.5 for text of ordinary size). */
import type { Page } from 'playwright-core';

/** Runs in the page. Text without a background of its own stands on that of the nearest element that has one. */
const PAINTED = `(() => {
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const pairs = {};
  for (const element of document.body.querySelectorAll('*')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!hasText) continue;
    pairs[getComputedStyle(element).color + ' on ' + behind(element)] = element.outerHTML.slice(0, 80);
  }
  return pairs;
})()`;

/** Pairs of colours with too little contrast, each with an element that has it; and how many pairs there are. */
export async function contrastOf(
  page: Page,
  least: number,
): Promise<{ readonly pairs: number; readonly faint: Readonly<Record<string, string>> }> {
  const painted = (await page.evaluate(PAINTED)) as Record<string, string>;
  const faint = Object.entries(painted).filter(([pair]) => ratioOf(pair) < least);
  return { pairs: Object.keys(painted).length, faint: Object.fromEntries(faint) };
}

/** `rgb(1, 2, 3) on rgb(4, 5, 6)`. */
export function ratioOf(pair: string): number {
  const [text = 0, ground = 0] = pair.split(' on ').map(luminanceOf);
  return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
}

function luminanceOf(colour: string): number {
  const channels = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  if (channels === null) throw new TypeError(`not an opaque colour: ${colour}`);
  const [red = 0, green = 0, blue = 0] = channels.slice(1).map((text) => {
    const share = Number(text) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
