/** Long silence is the end of a call: said first, then done; whatever an operator does goes on with it. */

const WARNING_S = 15;

export class Silence {
  #last = Date.now();
  #timer = 0;

  /** @param {{seconds: () => number, isCall: () => boolean, warn: (seconds: number | null) => void, end: () => void}} how seconds: 0 for never */
  constructor(how) {
    this.how = how;
    for (const event of ["keydown", "click", "wheel"]) addEventListener(event, () => this.touch(), { capture: true, passive: true });
    this.#watch();
  }

  /** Somebody did something. */
  touch() {
    this.#last = Date.now();
    this.#watch();
  }

  #watch() {
    clearTimeout(this.#timer);
    const { seconds, isCall, warn, end } = this.how;
    const limit = seconds();
    const left = limit && isCall() ? limit - (Date.now() - this.#last) / 1_000 : null;
    warn(left !== null && left <= WARNING_S && left > 0 ? WARNING_S : null); // said once, without a countdown
    if (left !== null && left <= 0) {
      this.#last = Date.now();
      end();
      return this.#watch();
    }
    const wait = left === null ? 5_000 : (left > WARNING_S ? left - WARNING_S : left) * 1_000;
    this.#timer = setTimeout(() => this.#watch(), wait + 20);
  }
}
