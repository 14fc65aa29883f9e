// @ts-check
// The chain, to scale: one strip if all columns agree, one for each column at a finding.

const STRIP = 56;
const MAP = 12;
const AXIS = 18;
const NAME = 18;

/** A canvas with as many pixels as the screen shows of it. @param {HTMLCanvasElement} canvas */
export function prepare(canvas, height) {
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(1, canvas.clientWidth);
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  return { context, width };
}

/** Round distances between the marks of an axis. */
export function axisStep(span, marks) {
  const rough = span / Math.max(1, marks);
  const decade = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return [1, 2, 5, 10].map((digit) => digit * decade).find((step) => step >= rough) ?? decade * 10;
}

export class ChainView {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas, word) {
    this.canvas = canvas;
    this.word = word;
    this.low = 0;
    this.high = 1;
    this.from = 0;
    this.span = 0;
    /** @type {{name: string, blocks: any, pools: number[][]}[]} */
    this.strips = [];
  }

  get zoom() {
    return this.span > 0 ? (this.high - this.low) / this.span : 1;
  }

  /** The addresses that exist; the part that is shown stays. */
  range(low, high) {
    const whole = this.span <= 0 || (this.from <= this.low && this.span >= this.high - this.low);
    [this.low, this.high] = [low, Math.max(high, low + 1)];
    if (whole) [this.from, this.span] = [low, this.high - low];
    this.clamp();
  }

  clamp() {
    const whole = this.high - this.low;
    this.span = Math.min(Math.max(this.span, Math.min(64, whole)), whole);
    this.from = Math.min(Math.max(this.from, this.low), this.high - this.span);
  }

  /** Zooms so that the address `around` stays where it is. */
  zoomBy(factor, around = this.from + this.span / 2) {
    const part = (around - this.from) / this.span;
    this.span /= factor;
    const whole = this.high - this.low;
    this.span = Math.min(Math.max(this.span, Math.min(64, whole)), whole);
    this.from = around - part * this.span;
    this.clamp();
  }

  panBy(bytes) {
    this.from += bytes;
    this.clamp();
  }

  /** Shows a block, if it is out of sight or too small. */
  reveal(offset, size) {
    if (offset < this.from || offset + size > this.from + this.span) {
      this.from = offset + size / 2 - this.span / 2;
      this.clamp();
    }
  }

  addressAt(x) {
    return this.from + (x / Math.max(1, this.canvas.clientWidth)) * this.span;
  }

  /** The block at a place of the canvas: [strip, offset, size, free]. */
  blockAt(x, y) {
    const strip = Math.floor((y - MAP - 6) / (STRIP + NAME));
    const blocks = this.strips[strip]?.blocks;
    if (!blocks) return null;
    const address = this.addressAt(x);
    const at = blocks.find(address + this.word);
    if (at < 0 || address >= blocks.offsets[at] + blocks.size(at)) return null;
    return [strip, blocks.offsets[at], blocks.size(at), blocks.isFree(at)];
  }

  /**
   * Draws the strips.
   * @param {any} colours @param {{changed: Set<number>, selected: number, differs: number}} marks offsets
   */
  draw(colours, marks) {
    const height = MAP + 6 + this.strips.length * (STRIP + NAME) + AXIS;
    const { context, width } = prepare(this.canvas, height);
    const scale = width / this.span;
    this.strips.forEach((strip, number) => {
      const top = MAP + 6 + number * (STRIP + NAME);
      context.fillStyle = colours.text;
      context.fillText(strip.name, 2, top + 10);
      this.drawStrip(context, width, strip, top + NAME, scale, colours, marks);
    });
    this.drawMap(context, width, colours);
    this.drawAxis(context, width, height, scale, colours);
  }

  drawStrip(context, width, strip, top, scale, colours, marks) {
    const height = STRIP - 4;
    const x = (address) => (address - this.from) * scale;
    for (const [mem, bytes] of strip.pools) {
      context.fillStyle = colours.pool;
      context.fillRect(x(mem), top, bytes * scale, height);
    }
    // Blocks narrower than this are drawn together, as the part of each pixel that they use.
    const least = 3;
    const covered = new Float32Array(Math.ceil(width) + 1);
    const marked = [];
    const labels = [];
    const end = this.from + this.span;
    const { blocks } = strip;
    for (let at = Math.max(0, blocks.find(this.from)); at < blocks.length; at++) {
      const [offset, size, free] = [blocks.offsets[at], blocks.size(at), blocks.isFree(at)];
      const start = offset - this.word;
      if (start > end) break;
      const [left, right] = [x(start), x(offset + size)];
      const isMarked = marks.changed.has(offset) || offset === marks.selected || offset === marks.differs;
      if (isMarked) marked.push([left, right, offset, free]);
      if (right - left < least) {
        if (!free) cover(covered, left, right);
        continue;
      }
      const shown = Math.max(left, -1);
      const w = Math.min(right, width + 1) - shown;
      context.fillStyle = free ? colours.free : colours.used;
      context.fillRect(shown, top, Math.max(w - 0.75, 0.75), height);
      const header = this.word * scale;
      if (header >= 3 && left > -header) {
        context.fillStyle = colours.header;
        context.fillRect(left, top, Math.min(header, right - left), height);
      }
      if (w > 44) labels.push([shown + Math.max(0, left + header - shown) + 4, w, size, free]);
    }
    context.fillStyle = colours.used;
    for (let px = 0; px < covered.length; px++) {
      if (covered[px] < 0.02) continue;
      context.globalAlpha = 0.25 + 0.75 * Math.min(1, covered[px]);
      context.fillRect(px, top, 1, height);
    }
    context.globalAlpha = 1;
    for (const [left, w, size, free] of labels) {
      const text = `${size}${free ? " free" : ""}`;
      if (context.measureText(text).width > w - 14) continue;
      context.fillStyle = free ? colours.onFree : colours.onUsed;
      context.fillText(text, left, top + height / 2 + 4);
    }
    for (const [left, right, offset] of marked) {
      context.strokeStyle = offset === marks.selected ? colours.selected : colours.changed;
      context.lineWidth = 3;
      context.strokeRect(left + 0.5, top - 1, Math.max(right - left - 1.5, 2), height + 2);
      if (right - left < 8) {
        context.fillStyle = context.strokeStyle;
        context.beginPath();
        context.moveTo((left + right) / 2, top - 2);
        context.lineTo((left + right) / 2 - 5, top - 10);
        context.lineTo((left + right) / 2 + 5, top - 10);
        context.fill();
      }
    }
  }

  /** All addresses, and which of them are shown. */
  drawMap(context, width, colours) {
    const scale = width / (this.high - this.low);
    context.fillStyle = colours.pool;
    for (const [mem, bytes] of this.strips[0]?.pools ?? []) {
      context.fillRect((mem - this.low) * scale, 2, bytes * scale, MAP - 4);
    }
    context.fillStyle = colours.changed;
    context.globalAlpha = this.zoom > 1.001 ? 0.9 : 0.35;
    context.fillRect((this.from - this.low) * scale, 4, Math.max(this.span * scale, 3), MAP - 8);
    context.globalAlpha = 1;
  }

  drawAxis(context, width, height, scale, colours) {
    const step = axisStep(this.span, width / 110);
    context.fillStyle = colours.faint;
    for (let at = Math.ceil(this.from / step) * step; at <= this.from + this.span; at += step) {
      const x = (at - this.from) * scale;
      context.fillRect(x, height - AXIS, 1, 5);
      const text = String(at);
      const w = context.measureText(text).width;
      context.fillText(text, Math.min(Math.max(x - w / 2, 0), width - w), height - 3);
    }
  }
}

/** Adds a used range to the parts of the pixels that are used. */
function cover(covered, left, right) {
  const [from, to] = [Math.max(left, 0), Math.min(right, covered.length - 1)];
  for (let px = Math.floor(from); px < to; px++) {
    covered[px] += Math.min(to, px + 1) - Math.max(from, px);
  }
}
