// @ts-check
// The index: a grid of the classes. A row is a power of two, a cell is a list.
import { prepare } from "./chain.js";

const LABEL = 46;

export class IndexView {
  /** @param {HTMLCanvasElement} canvas @param {any} about @param {number} most bytes of the largest free block of the run */
  constructor(canvas, about, most) {
    this.canvas = canvas;
    this.about = about;
    const { sl, fl, word, align } = about.geometry;
    const key = most + (align > word ? word : 0);
    let top = 0;
    while (top + 1 < about.keys.length - 1 && about.keys[top + 1] <= key) top++;
    this.rows = Math.min(fl, Math.floor(top / sl) + 2);
    this.counts = new Uint32Array(fl * sl);
    this.cell = 20;
  }

  /** The class at a place of the canvas; -1 if there is none. */
  classAt(x, y) {
    const { sl } = this.about.geometry;
    const w = (this.canvas.clientWidth - LABEL) / sl;
    const [column, row] = [Math.floor((x - LABEL) / w), Math.floor(y / this.cell)];
    return column < 0 || column >= sl || row < 0 || row >= this.rows ? -1 : row * sl + column;
  }

  /** @param {any} state @param {any} colours @param {{start: number, found: number, listed: Set<number>}} marks */
  draw(state, colours, marks) {
    const { sl } = this.about.geometry;
    const height = this.rows * this.cell + 2;
    const { context, width } = prepare(this.canvas, height);
    const w = (width - LABEL) / sl;
    this.counts.fill(0);
    for (let i = 0; i < state.classes.length; i++) this.counts[state.classes.numbers[i]]++;
    context.textAlign = "left";
    for (let row = 0; row < this.rows; row++) {
      const top = row * this.cell + 1;
      let set = false;
      for (let list = 0; list < sl; list++) {
        const number = row * sl + list;
        const count = this.counts[number];
        set ||= count > 0;
        const left = LABEL + list * w;
        context.fillStyle = count > 0 ? colours.bit : colours.pool;
        context.fillRect(left + 0.5, top + 0.5, Math.max(w - 1, 1), this.cell - 2);
        if (count > 0 && w >= 14) {
          context.fillStyle = colours.onBit;
          const text = count > 99 ? "99+" : String(count);
          context.fillText(text, left + (w - context.measureText(text).width) / 2, top + this.cell / 2 + 4);
        }
        if (number === marks.start || number === marks.found || marks.listed.has(number)) {
          context.strokeStyle = number === marks.found ? colours.changed : number === marks.start ? colours.text : colours.selected;
          context.setLineDash(number === marks.start && number !== marks.found ? [3, 2] : []);
          context.lineWidth = 2;
          context.strokeRect(left + 1, top + 1, Math.max(w - 2, 2), this.cell - 3);
          context.setLineDash([]);
        }
      }
      context.fillStyle = set ? colours.bit : colours.pool;
      context.fillRect(LABEL - 16, top + 4, 10, this.cell - 9);
      context.fillStyle = colours.faint;
      context.fillText(String(row), 2, top + this.cell / 2 + 4);
    }
  }
}
