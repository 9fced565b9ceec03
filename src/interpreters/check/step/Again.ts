/**
 * The law of determinism over time: nodes are run once more, later and out of
 * order, since two runs side by side fill what a program keeps outside of its
 * memory together, and agree.
 */
import type * as Effect from "effect/Effect"
import * as Differs from "./Differs.ts"
import type { Fed } from "./Stepper.ts"
import type { Node } from "./Node.ts"
import * as Words from "./Words.ts"

/** A program on its inputs, as it was seen. */
export interface Met {
  readonly stem: { readonly name: string; readonly program: Effect.Effect<unknown, unknown> }
  readonly log: ReadonlyArray<Fed>
  readonly node: Node
  readonly look: number
  readonly children: ReadonlyMap<string, Met>
}

/** The same now. */
export type Rerun = (stem: Met["stem"], log: ReadonlyArray<Fed>) => Pick<Met, "node" | "look">

/** As many nodes are new between two that are run again: one where a pass begins, then any. */
const between = 48
/** As many where passes begin, and as many others, are run again in the end. */
const atLast = 24

/** Where it is at the next call; what the process itself answers in between goes without saying. */
const nextCall = ({ children, node }: Met): Node => {
  const [next] = node.calls.length === 0 ? children.values() : []
  return next === undefined ? node : nextCall(next)
}

export class Again {
  private readonly all: Array<Met> = []
  private readonly beginnings: Array<Met> = []
  private turn = 0
  private chance = 1
  private readonly rerun: Rerun

  constructor(rerun: Rerun) {
    this.rerun = rerun
  }

  /** Throws a sentence when one that was met before is not what it was. */
  met(one: Met): void {
    this.all.push(one)
    if (one.log.length === 0) this.beginnings.push(one)
    if (this.all.length % between !== 0) return
    this.confirm(this.any(this.turn++ % 2 === 0 ? this.beginnings : this.all))
  }

  /** Of few all, the last first: who met them first knew nothing. Throws as well. */
  inTheEnd(): void {
    for (const from of [this.all, this.beginnings]) {
      for (let left = Math.min(from.length, atLast); left > 0; left--) {
        this.confirm(from.length <= atLast ? from[left - 1]! : this.any(from))
      }
    }
  }

  /** The first of the nodes on the way there that is not what it was, in words. */
  changeIn(stem: Met["stem"], log: ReadonlyArray<Fed>): string {
    let before: Node | undefined
    for (let length = 0; length <= log.length; length++) {
      const isOnTheWay = (one: Met) =>
        one.stem.program === stem.program && one.log.length === length && one.log.every((fed, at) => fed === log[at])
      const met = this.all.find(isOnTheWay)
      if (met === undefined) continue
      const now = this.rerun(stem, met.log)
      if (now.look !== met.look) return `${since(before, log[length - 1])}${Differs.between(nextCall(met), now.node)}`
      before = met.node
    }
    return "not each time"
  }

  private confirm({ log, look, stem }: Met): void {
    const now = this.rerun(stem, log)
    if (now.node.breaks === undefined && now.look === look) return
    throw new Error(
      `${stem.name} is not deterministic: run again later on the same answers, it does something else ` +
        `(${this.changeIn(stem, log)}): what it keeps, it must keep in the memory that its passes return`
    )
  }

  /** The same ones each time: a run can be repeated. */
  private any(from: ReadonlyArray<Met>): Met {
    this.chance = (Math.imul(this.chance, 1_103_515_245) + 12_345) >>> 0
    return from[(this.chance >>> 8) % from.length]!
  }
}

const since = (before: Node | undefined, last: Fed | undefined): string => {
  if (last === undefined) return "when it begins, "
  const call = last._tag === "Answered" ? before?.calls.find(({ slot }) => slot === last.slot) : undefined
  return call === undefined ? "" : `after ${Words.request(call)} was answered, `
}
