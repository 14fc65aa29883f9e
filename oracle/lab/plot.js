// @ts-check
// Statistics over the steps: used, free, largest and peak bytes, and fragmentation.
import { axisStep, prepare } from "./chain.js";
import { short } from "./words.js";

const HEIGHT = 150;
const LOWER = 34;
export const LEFT = 44;
export const RIGHT = 10;

/** 100 × (1 − largest / free): how much of the free memory is outside of the largest free block. */
export function fragmentation(run, step) {
  return run.free[step] > 0 ? 100 * (1 - run.largest[step] / run.free[step]) : 0;
}

export class PlotView {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas, run) {
    this.canvas = canvas;
    this.run = run;
  }

  x(step, width = this.canvas.clientWidth) {
    return LEFT + ((width - LEFT - RIGHT) * step) / Math.max(1, this.run.steps - 1);
  }

  stepAt(x) {
    const part = (x - LEFT) / (this.canvas.clientWidth - LEFT - RIGHT);
    return Math.round(Math.min(1, Math.max(0, part)) * (this.run.steps - 1));
  }

  draw(colours) {
    const { run } = this;
    const { context, width } = prepare(this.canvas, HEIGHT);
    const upper = HEIGHT - LOWER - 12;
    let most = 1;
    for (let s = 0; s < run.steps; s++) most = Math.max(most, run.used[s] + run.free[s]);
    const y = (bytes) => 6 + (upper - 6) * (1 - bytes / most);
    const step = axisStep(most, 4);
    context.fillStyle = colours.faint;
    for (let at = 0; at <= most; at += step) {
      context.globalAlpha = 0.25;
      context.fillRect(LEFT, y(at), width - LEFT - RIGHT, 1);
      context.globalAlpha = 1;
      const text = short(at);
      context.fillText(text, LEFT - 6 - context.measureText(text).width, y(at) + 4);
    }
    // Of the steps that share a pixel, the largest value is drawn.
    const columns = Math.max(1, Math.floor(width - LEFT - RIGHT));
    const highest = (value) => {
      const points = new Float64Array(Math.min(columns, run.steps)).fill(-1);
      for (let s = 0; s < run.steps; s++) {
        const at = Math.floor((s * points.length) / run.steps);
        points[at] = Math.max(points[at], value(s));
      }
      return points;
    };
    const path = (points, y) => {
      context.beginPath();
      const last = Math.max(1, points.length - 1);
      points.forEach((value, i) => context.lineTo(LEFT + ((width - LEFT - RIGHT) * i) / last, y(value)));
    };
    context.lineWidth = 1.5;
    path(highest((s) => run.used[s]), y);
    context.strokeStyle = colours.used;
    context.stroke();
    context.lineTo(width - RIGHT, y(0));
    context.lineTo(LEFT, y(0));
    context.globalAlpha = 0.25;
    context.fillStyle = colours.used;
    context.fill();
    context.globalAlpha = 1;
    path(highest((s) => run.free[s]), y);
    context.strokeStyle = colours.faint;
    context.stroke();
    path(highest((s) => run.largest[s]), y);
    context.strokeStyle = colours.bit;
    context.stroke();
    path(highest((s) => run.peak[s]), y);
    context.strokeStyle = colours.text;
    context.setLineDash([4, 3]);
    context.stroke();
    context.setLineDash([]);
    const bottom = HEIGHT - 2;
    const yPart = (percent) => bottom - (LOWER - 6) * (percent / 100);
    path(highest((s) => fragmentation(run, s)), yPart);
    context.strokeStyle = colours.changed;
    context.stroke();
    context.fillStyle = colours.faint;
    context.globalAlpha = 0.4;
    context.fillRect(LEFT, bottom, width - LEFT - RIGHT, 1);
    context.globalAlpha = 1;
    context.fillText("frag.", 2, bottom - LOWER / 2 + 8);
  }
}
