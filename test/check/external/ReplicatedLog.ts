/**
 * Logs that may differ by a bounded lag (TLA+ examples, DistributedReplicatedLog);
 * what all logs have in common is dropped, so states are finite. That two logs
 * are equal again and again is not true: a copy may always stop short.
 */
import type { Action, Property, System } from "../../../src/domain/check/System.ts"

export interface Logs extends Readonly<Record<string, unknown>> {
  /** Lengths beyond the shortest: there is one value only. */
  readonly lengths: ReadonlyArray<number>
}

const dropped = (lengths: ReadonlyArray<number>): Logs => {
  const common = Math.min(...lengths)
  return { lengths: lengths.map((length) => length - common) }
}

export const replicatedLog = (servers: number, lag: number): System<Logs> => {
  const names = Array.from({ length: servers }, (_, index) => index)
  const copies = (server: number): Action<Logs> => ({
    name: `server ${server} copies`,
    fairness: "weak",
    *outcomes(read) {
      const lengths = read("lengths")
      const own = lengths[server]!
      for (const other of names) {
        const missing = lengths[other]! - own
        for (const count of missing > 0 ? [missing - 1, missing] : []) {
          yield { key: "", set: dropped(lengths.with(server, own + count)) }
        }
      }
    }
  })
  const extends_ = (server: number): Action<Logs> => ({
    name: `server ${server} extends`,
    fairness: "weak",
    *outcomes(read) {
      const lengths = read("lengths")
      const own = lengths[server]!
      if (lengths.some((length) => length > own)) return
      for (let count = 0; count <= lag - (own - Math.min(...lengths)); count++) {
        yield { key: "", set: dropped(lengths.with(server, own + count)) }
      }
    }
  })
  const inSync = (left: number, right: number): Property<Logs> => ({
    _tag: "LeadsTo",
    name: `${left} and ${right} are equal again and again`,
    premise: () => true,
    goal: (read) => read("lengths")[left] === read("lengths")[right]
  })
  return {
    name: `logs of ${servers}, lag ${lag}`,
    initial: [dropped(names.map(() => 0))],
    actions: [...names.map(copies), ...names.map(extends_)],
    budgets: {},
    properties: [
      {
        _tag: "Always",
        name: "the lag is bounded",
        holds: (read) => Math.max(...read("lengths")) - Math.min(...read("lengths")) <= lag
      },
      inSync(0, 1)
    ]
  }
}
