/**
 * The law of determinism over time: nodes are run once more, later and out of
 * order, since two runs side by side fill what a program keeps outside of its
 * memory together, and agree. And what follows from answers that were met in
 * several orders, in each of them: two runs go through two.
 */
import type * as Effect from "effect/Effect"
import * as Differs from "./Differs.ts"
import type { Fed, Step, Stepper } from "./Stepper.ts"
import type { Node } from "./Node.ts"
import * as Words from "./Words.ts"

/** A program on its inputs, as it was seen. */
export interface Met {
  readonly stem: { readonly name: string; readonly program: Effect.Effect<unknown, unknown> }
  readonly log: ReadonlyArray<Fed>
  readonly node: Node
  readonly look: number
  readonly children: ReadonlyMap<string, Met>
  /** Inputs after which it is where another node is. */
  readonly sorted: ReadonlyMap<string, { readonly to: Met; readonly fed: Fed }>
}

/** The inputs of a node in another order that was met, which must make no difference. */
interface Order {
  readonly of: Met
  readonly log: ReadonlyArray<Fed>
}

/** What can be seen of a step. */
export interface Sight {
  readonly look: (step: Step) => number
  readonly node: (step: Step) => Node
}

/** As many nodes are new between two that are run again: one where a pass begins, then any, then any in another order. */
const between = 48
/** As many where passes begin, as many others, and as many other orders, are run again in the end. */
const atLast = 24
/** Orders that are remembered; past that a new one takes the place of any. */
const mostOrders = 4096

/** Where it is at the next call; what the process itself answers in between goes without saying. */
const nextCall = ({ children, node }: Met): Node => {
  const [next] = node.calls.length === 0 ? children.values() : []
  return next === undefined ? node : nextCall(next)
}

export const visible = (name: string): string =>
  `${name} can tell in which order concurrent requests were answered: check this model with \`commute: false\``

export class Again {
  private readonly all: Array<Met> = []
  private readonly beginnings: Array<Met> = []
  private readonly orders: Array<Order> = []
  private turn = 0
  private chance = 1
  private readonly stepper: Stepper
  private readonly sight: Sight

  constructor(stepper: Stepper, sight: Sight) {
    this.stepper = stepper
    this.sight = sight
  }

  /** Throws a sentence when one that was met before is not what it was. */
  met(one: Met): void {
    this.all.push(one)
    if (one.log.length === 0) this.beginnings.push(one)
    if (this.all.length % between !== 0) return
    const turn = this.turn++ % 3
    if (turn === 2 && this.orders.length > 0) this.follow(this.any(this.orders))
    else this.confirm(this.any(turn === 0 ? this.beginnings : this.all))
  }

  /** The node was met with its inputs in this order too. */
  metInOrder(of: Met, log: ReadonlyArray<Fed>): void {
    if (this.orders.length < mostOrders) this.orders.push({ of, log })
    else this.orders[this.below(mostOrders)] = { of, log }
  }

  /** Of few all, the last first: who met them first knew nothing. Throws as well. */
  inTheEnd(): void {
    for (const from of [this.all, this.beginnings]) for (const one of this.some(from)) this.confirm(one)
    for (const one of this.some(this.orders)) this.follow(one)
  }

  /** The first of the nodes on the way there that is not what it was, in words. */
  changeIn(stem: Met["stem"], log: ReadonlyArray<Fed>): string {
    let before: Node | undefined
    for (let length = 0; length <= log.length; length++) {
      const isOnTheWay = (one: Met) =>
        one.stem.program === stem.program && one.log.length === length && one.log.every((fed, at) => fed === log[at])
      const met = this.all.find(isOnTheWay)
      if (met === undefined) continue
      const now = this.stepper.replay(stem.program, met.log)
      if (this.sight.look(now) !== met.look) {
        return `${since(before, log[length - 1])}${Differs.between(nextCall(met), this.sight.node(now))}`
      }
      before = met.node
    }
    return "not each time"
  }

  private confirm({ log, look, stem }: Met): void {
    const now = this.stepper.replay(stem.program, log)
    if (now.breaks === undefined && this.sight.look(now) === look) return
    throw new Error(
      `${stem.name} is not deterministic: run again later on the same answers, it does something else ` +
        `(${this.changeIn(stem, log)}): what it keeps, it must keep in the memory that its passes return`
    )
  }

  /** One of the ways on from there, to its end. */
  private follow({ log, of }: Order): void {
    const run = this.stepper.begin(of.stem.program, log)
    let at = of
    for (;;) {
      if (this.sight.look(this.stepper.seen(run)) !== at.look) {
        this.confirm(at)
        throw new Error(visible(of.stem.name))
      }
      const ways = [...[...at.children.values()].map((to) => ({ to, fed: to.log.at(-1)! })), ...at.sorted.values()]
      if (ways.length === 0) return
      const { fed, to } = this.any(ways)
      this.stepper.feed(run, fed)
      at = to
    }
  }

  private some<A>(from: ReadonlyArray<A>): ReadonlyArray<A> {
    return from.length <= atLast ? from.toReversed() : Array.from({ length: atLast }, () => this.any(from))
  }

  private any<A>(from: ReadonlyArray<A>): A {
    return from[this.below(from.length)]!
  }

  /** The same each time: a run can be repeated. */
  private below(limit: number): number {
    this.chance = (Math.imul(this.chance, 1_103_515_245) + 12_345) >>> 0
    return (this.chance >>> 8) % limit
  }
}

const since = (before: Node | undefined, last: Fed | undefined): string => {
  if (last === undefined) return "when it begins, "
  const call = last._tag === "Answered" ? before?.calls.find(({ slot }) => slot === last.slot) : undefined
  return call === undefined ? "" : `after ${Words.request(call)} was answered, `
}
