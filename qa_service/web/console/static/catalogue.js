/** All procedures with their texts, kept in this browser: the strip of facts is there at once, and without a network. */

import * as api from "./api.js";
import { config } from "./config.js";

const DATABASE = "qa-console";
const STORE = "services";
const META = "meta";

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(STORE, { keyPath: "slug" });
      opening.result.createObjectStore(META);
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("blocked"));
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const idle = () => new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: 1_000 }));
const letters = (text) => text.toLowerCase().replace(/[’ʼ`]/g, "'");

export class Catalogue {
  services = new Map();
  version = null;
  savedAt = null;
  #refreshing = null;

  /** What was kept when the page was last open. */
  async load() {
    try {
      const database = await open();
      const [meta, all] = await Promise.all([
        done(database.transaction(META).objectStore(META).get("saved")),
        done(database.transaction(STORE).objectStore(STORE).getAll()),
      ]);
      database.close();
      if (!meta) return;
      this.services = new Map(all.map((one) => [one.slug, one]));
      this.version = meta.version;
      this.savedAt = meta.at;
    } catch {
      // no database in this browser: texts come from the service each time
    }
  }

  /** Takes the texts of another version, one after the other while nothing else is to do. @param {string} version */
  refresh(version) {
    if (version === this.version) return Promise.resolve();
    this.#refreshing ??= this.#take().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #take() {
    const first = await api.services();
    const slugs = first.services.map(({ slug }) => slug);
    while (slugs.length < first.total) {
      const { services } = await api.nextServices(slugs.length);
      if (!services.length) break;
      slugs.push(...services.map(({ slug }) => slug));
    }
    const taken = new Map();
    for (const slug of slugs) {
      await idle();
      taken.set(slug, await api.service(slug));
    }
    this.services = taken;
    this.version = first.index_version;
    this.savedAt = Date.now();
    await this.#save();
  }

  async #save() {
    try {
      const database = await open();
      const writing = database.transaction([STORE, META], "readwrite");
      writing.objectStore(STORE).clear();
      for (const one of this.services.values()) writing.objectStore(STORE).put(one);
      writing.objectStore(META).put({ version: this.version, at: this.savedAt }, "saved");
      await new Promise((resolve, reject) => {
        writing.oncomplete = resolve;
        writing.onabort = () => reject(writing.error);
      });
      database.close();
    } catch {
      // full or switched off: kept in memory only
    }
  }

  /** A procedure of the version that answers; the kept one where there is no network. @param {string} slug @param {string} version */
  async service(slug, version) {
    const kept = this.services.get(slug);
    if (kept && version === this.version) return kept;
    try {
      return await api.service(slug);
    } catch (failure) {
      if (kept) return kept;
      throw failure;
    }
  }

  /** What is said of a procedure where nothing can be asked: the first of its facts. @param {object} service */
  answer(service) {
    const topics = config.facts.flatMap((fact) => fact.topics);
    const [first] = [...service.passages].sort((a, b) => topics.indexOf(a.topic) - topics.indexOf(b.topic));
    return {
      answer_id: null,
      question: service.title,
      understood: { corrections: [] },
      certainty: "sure",
      passages: [{ ...first, highlights: [] }],
      parts: [],
      choices: [],
      centres: [],
      actions: service.actions,
      degraded: [],
      context: { service: service.slug, choices: [] },
      index_version: this.version,
    };
  }

  /** Procedures whose names or texts hold the words, the best first: what a search is without a network. @param {string} text */
  search(text) {
    const words = letters(text).split(/[^\p{L}\p{N}']+/u).filter((word) => word.length > 2).map((word) => word.slice(0, 6));
    const score = (one) => {
      const names = letters([one.title, ...one.aliases].join(" "));
      const texts = letters(one.passages.map((passage) => passage.title).join(" "));
      return words.reduce((sum, word) => sum + (names.includes(word) ? 3 : texts.includes(word) ? 1 : 0), 0);
    };
    return [...this.services.values()]
      .map((one) => [score(one), one])
      .filter(([found]) => found > 0)
      .sort(([a], [b]) => b - a)
      .slice(0, 9)
      .map(([, one]) => one);
  }
}
