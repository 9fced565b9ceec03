/**
 * The two loops that every step of a plain search goes through (one where nothing
 * follows by itself and no budget is counted), compiled: steps are made as
 * `Bundles` says, and looked up as `Tuples` does, in the arrays of both. Where a
 * table does not know what to do, it is left to them.
 */
import type { Bundles } from "./Bundles.ts"
import type { Components } from "../../../domain/check/System.ts"
import { Regions } from "./Regions.ts"
import { hashSeed, hashSteps, placeFactor, type Tuples } from "./Tuples.ts"
import { compiled, type Functions } from "./Wasm.ts"
import { Words } from "./Words.ts"

const [first, second] = hashSteps

/** For each word of a packed tuple, by its offset in bytes: how many there are is known when it is compiled. */
const each = (words: number, code: (offset: number) => string): string =>
  Array.from({ length: words }, (_, i) => code(4 * i)).join("\n")

/** Whether the words at two places are the same: 0 if they are. */
const compare = (words: number, one: (offset: number) => string, other: (offset: number) => string): string =>
  Array.from({ length: words }, (_, i) => `(^ ${one(4 * i)} ${other(4 * i)})`).reduce(
    (all, word) => `(| ${all} ${word})`
  )

/** Place in a table: as `Table.place` does. A step: its label and the words that it changes. */
const making = (words: number): string => `
(take (core until tables plan store packed keys hashes labels ends made state)
  (= table 0)
  (while (< core until)
    (= base (+ packed (* core ${4 * words})))
    (while (< table tables)
      (= about (+ plan (* table ${8 + 4 * words})))
      (= hash 0)
      ${each(
        words,
        (i) => `
        (= base${i} (@ (+ base ${i})))
        (= seen${i} (& base${i} (@ (+ about ${8 + i}))))
        (= hash (* (^ hash seen${i}) ${placeFactor}))`
      )}
      (= index (^ hash (>>> hash 15)))
      (= differs 1)
      (while differs
        (= index (& index (@ (+ about 4))))
        (= place (+ store (+ (@ about) (* index ${4 * words + 4}))))
        (= entry (@ place))
        (if (== entry 0)
          (! state made) (! (+ state 4) core)
          (return 1))
        (= differs ${compare(
          words,
          (i) => `(@ (+ place ${4 + i}))`,
          (i) => `seen${i}`
        )})
        (= index (+ index 1)))
      (= from (+ store (<< entry 2)))
      (= left (@ from))
      (= from (+ from 4))
      (while left
        (= left (- left 1))
        (! (+ labels (<< made 2)) (@ from))
        (= hash ${hashSeed})
        ${each(
          words,
          (i) => `
          (= word (^ base${i} (@ (+ from ${4 + i}))))
          (! (+ keys (+ (* made ${4 * words}) ${i})) word)
          (= hash (* (^ hash word) ${first}))
          (= hash (^ hash (>>> hash 15)))`
        )}
        (= from (+ from ${4 + 4 * words}))
        (= hash (* (^ hash (>>> hash 13)) ${second}))
        (! (+ hashes (<< made 2)) (^ hash (>>> hash 16)))
        (= made (+ made 1)))
      (= table (+ table 1)))
    (= table 0)
    (! ends made)
    (= ends (+ ends 4))
    (= core (+ core 1)))
  (! state made) (! (+ state 4) core))`

/** First all of memory that will be needed is asked for at once, so nothing in between may branch. */
const lookingUp = (words: number): string => `
(lookUp (made packed slots last shift keys hashes labels targets ends cores size sizes state)
  (= i 0) (= sum 0) (= all (<< made 2))
  (while (< i all)
    (= sum (^ sum (@ (+ slots (<< (>>> (@ (+ hashes i)) shift) 3)))))
    (= i (+ i 4)))
  (= i 0)
  (while (< i all)
    (= known (@ (+ slots (<< (>>> (@ (+ hashes i)) shift) 3))))
    (= sum (^ sum (@ (+ packed (* (? known (- known 1) 0) ${4 * words})))))
    (= i (+ i 4)))
  (! (+ state 8) sum)
  (= step 0)
  (= key keys)
  (while cores
    (= all (<< (@ ends) 2))
    (while (< step all)
      (= target -1)
      (if (>>> (^ (@ (+ labels step)) -1) 31)
        (= hash (@ (+ hashes step)))
        ${each(words, (i) => `(= word${i} (@ (+ key ${i})))`)}
        (= place (<< (>>> hash shift) 3))
        (while (== target -1)
          (= known (@ (+ slots place)))
          (if (== known 0)
            (= target size)
            (= size (+ size 1))
            (! (+ slots place) size)
            (! (+ slots (+ place 4)) hash)
            (= to (+ packed (* target ${4 * words})))
            ${each(words, (i) => `(! (+ to ${i}) word${i})`)}
            (break))
          (if (== (@ (+ slots (+ place 4))) hash)
            (= from (+ packed (* (- known 1) ${4 * words})))
            (if (== ${compare(
              words,
              (i) => `(@ (+ from ${i}))`,
              (i) => `word${i}`
            )} 0)
              (= target (- known 1))))
          (= place (& (+ place 8) last))))
      (! (+ targets step) target)
      (= key (+ key ${4 * words}))
      (= step (+ step 4)))
    (! sizes size)
    (= ends (+ ends 4)) (= sizes (+ sizes 4))
    (= cores (- cores 1)))
  (return size))`

/**
 * There are twice as many places now, in the order of hashes still: each goes to the place that is twice as far,
 * the last one first. What would go where others have not left yet waits
 * behind all places; 1: more of it than there is room for.
 */
const doubling = `
(double (slots before last room shift)
  (= spill (+ last 1)) (= begin spill) (= end (+ last 1))
  (while before
    (= before (- before 8))
    (= known (@ (+ slots before)))
    (if known
      (= hash (@ (+ slots (+ before 4))))
      (! (+ slots before) 0)
      (= at (<< (>>> hash shift) 3))
      (if (< at before)
        (= at end))
      (while (? (< at end) (@ (+ slots at)) 0)
        (= at (+ at 8)))
      (if (== at end)
        (if (== spill room) (return 1))
        (= at spill)
        (= spill (+ spill 8)))
      (! (+ slots at) known)
      (! (+ slots (+ at 4)) hash)))
  (while (< begin spill)
    (= known (@ (+ slots begin)))
    (= hash (@ (+ slots (+ begin 4))))
    (! (+ slots begin) 0)
    (= begin (+ begin 8))
    (= at (<< (>>> hash shift) 3))
    (while (@ (+ slots at))
      (= at (& (+ at 8) last)))
    (! (+ slots at) known)
    (! (+ slots (+ at 4)) hash)))`

/** More words are not worth while. */
const mostWords = 8

export class Kernel<S extends Components> {
  /** How many cores there are after the steps of each. */
  readonly sizes = new Words()
  private readonly tuples: Tuples
  private readonly bundles: Bundles<S>
  private readonly labels: Words
  private readonly ends: Words
  private readonly targets: Words
  private readonly plan = new Words()
  private planned = -1
  private readonly state = new Words(4)
  private readonly regions: Regions
  private run: Functions = {}
  /** Of a tuple, when it was compiled. */
  private words = 0

  /** From here on all of these arrays lie side by side. */
  constructor(tuples: Tuples, bundles: Bundles<S>, labels: Words, ends: Words, targets: Words) {
    this.tuples = tuples
    this.bundles = bundles
    this.labels = labels
    this.ends = ends
    this.targets = targets
    const { hashes, keys, packed, slots } = tuples
    const small = [this.state, this.plan, ends, this.sizes, labels, targets, hashes, keys]
    this.regions = new Regions([...small, bundles.store, slots, packed])
    tuples.doubling = () => this.double()
  }

  /** Whether there is nothing that only the others can do. */
  get isReady(): boolean {
    return !this.regions.isDissolved && this.tuples.words <= mostWords && this.bundles.isReady
  }

  private get loops(): Functions {
    const { words } = this.tuples
    if (this.words !== words) {
      this.words = words
      this.run = compiled(`${making(words)}${lookingUp(words)}${doubling}`, this.regions.memory)
    }
    return this.run
  }

  /** What lies in the first half of all places goes where it belongs; false: it cannot. */
  private double(): boolean {
    const { slots } = this.tuples
    if (!this.isReady) return false
    const length = 4 * slots.length
    const room = slots.data.byteLength
    return this.loops["double"]!(this.regions.beginOf(slots), length / 2, length - 1, room, this.tuples.shift) === 0
  }

  /**
   * Makes the steps of these cores and writes where those of each end, from `ends[at]` on: how many cores it came
   * to; the one after them is unknown to a table.
   */
  take(core: number, until: number, at: number): number {
    const { bundles, ends, labels, regions, tuples } = this
    const most = (until - core) * bundles.mostSteps
    tuples.makeRoom(most)
    labels.length = tuples.made
    labels.reserve(most)
    ends.widen(at + until - core)
    this.writePlan()
    if (!this.isReady) return 0
    const begin = (words: Words) => regions.beginOf(words)
    this.loops["take"]!(
      core,
      until,
      bundles.tables.length,
      begin(this.plan),
      begin(bundles.store),
      begin(tuples.packed),
      begin(tuples.keys),
      begin(tuples.hashes),
      begin(labels),
      begin(ends) + 4 * at,
      tuples.made,
      begin(this.state)
    )
    const done = this.state.data[1]! - core
    tuples.made = done === until - core ? this.state.data[0]! : at + done === 0 ? 0 : ends.data[at + done - 1]!
    labels.length = tuples.made
    ends.length = at + done
    return done
  }

  /** Looks up all steps that were made, of so many cores; false: it cannot. */
  lookUp(cores: number): boolean {
    const { ends, labels, regions, sizes, targets, tuples } = this
    sizes.widen(cores)
    targets.widen(tuples.made)
    tuples.reserve(tuples.made)
    if (!this.isReady) return false
    const begin = (words: Words) => regions.beginOf(words)
    tuples.size = this.loops["lookUp"]!(
      tuples.made,
      begin(tuples.packed),
      begin(tuples.slots),
      4 * tuples.slots.length - 1,
      tuples.shift,
      begin(tuples.keys),
      begin(tuples.hashes),
      begin(labels),
      begin(targets),
      begin(ends),
      cores,
      tuples.size,
      begin(sizes),
      begin(this.state)
    )
    tuples.packed.length = tuples.size * tuples.words
    return true
  }

  /** Of each table where its places begin, how many those are less one, and which bits it looks at. */
  private writePlan(): void {
    const { bundles, plan } = this
    if (this.planned === bundles.version) return
    this.planned = bundles.version
    plan.length = 0
    for (const { last, mask, places } of bundles.tables) {
      plan.push(4 * places)
      plan.push(last)
      for (const word of mask) plan.push(word)
    }
  }
}
