/** An allocator that serves clients by a schedule (TLA+ examples, SchedulingAllocator). Sets are bit masks. */
import type { Action, System } from "../../../src/domain/check/System.ts"

export interface Allocator extends Readonly<Record<string, unknown>> {
  readonly wanted: ReadonlyArray<number>
  readonly held: ReadonlyArray<number>
  readonly schedule: ReadonlyArray<number>
}

const subsetsOf = (set: number, all: number): ReadonlyArray<number> =>
  Array.from({ length: all }, (_, index) => index + 1).filter((subset) => (subset & ~set) === 0)

const permutations = (items: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((item) => permutations(items.filter((one) => one !== item)).map((rest) => [item, ...rest]))

export const allocator = (clients: number, resources: number): System<Allocator> => {
  const all = 2 ** resources - 1
  const requests: Action<Allocator> = {
    name: "a client requests",
    fairness: "none",
    *outcomes(read) {
      for (let client = 0; client < clients; client++) {
        if (read("wanted")[client] !== 0 || read("held")[client] !== 0) continue
        for (const set of subsetsOf(all, all)) {
          yield { key: `${client} wants ${set}`, set: { wanted: read("wanted").with(client, set) } }
        }
      }
    }
  }
  const returnsSome: Action<Allocator> = {
    name: "a client returns some",
    fairness: "none",
    *outcomes(read) {
      for (let client = 0; client < clients; client++) {
        const held = read("held")[client]!
        for (const set of subsetsOf(held, all)) {
          yield { key: `${client} returns ${set}`, set: { held: read("held").with(client, held & ~set) } }
        }
      }
    }
  }
  const returnsAll: Action<Allocator> = {
    name: "a client that has what it wanted returns all",
    fairness: "weak",
    *outcomes(read) {
      for (let client = 0; client < clients; client++) {
        if (read("wanted")[client] === 0 && read("held")[client] !== 0) {
          yield { key: `${client}`, set: { held: read("held").with(client, 0) } }
        }
      }
    }
  }
  const allocates: Action<Allocator> = {
    name: "the allocator allocates",
    fairness: "weak",
    *outcomes(read) {
      const taken = read("held").reduce((sum, held) => sum | held, 0)
      let earlier = 0
      for (const [index, client] of read("schedule").entries()) {
        const wanted = read("wanted")[client]!
        for (const set of subsetsOf(wanted & ~taken & ~earlier, all)) {
          yield {
            key: `${client}`,
            set: {
              held: read("held").with(client, read("held")[client]! | set),
              wanted: read("wanted").with(client, wanted & ~set),
              ...(set === wanted ? { schedule: read("schedule").toSpliced(index, 1) } : {})
            }
          }
        }
        earlier |= wanted
      }
    }
  }
  const schedules: Action<Allocator> = {
    name: "the allocator schedules",
    fairness: "weak",
    *outcomes(read) {
      const waiting = [...read("wanted").keys()].filter(
        (client) => read("wanted")[client] !== 0 && !read("schedule").includes(client)
      )
      if (waiting.length === 0) return
      for (const order of permutations(waiting)) yield { key: "", set: { schedule: [...read("schedule"), ...order] } }
    }
  }
  return {
    name: `allocator of ${resources} for ${clients}`,
    initial: [{ wanted: Array(clients).fill(0), held: Array(clients).fill(0), schedule: [] }],
    actions: [requests, returnsSome, returnsAll, allocates, schedules],
    budgets: {},
    properties: [
      {
        _tag: "Always",
        name: "nothing is held twice",
        holds: (read) =>
          read("held").every((held, index) => read("held").every((other, at) => at === index || (other & held) === 0))
      },
      ...Array.from(
        { length: clients },
        (_, client) =>
          ({
            _tag: "LeadsTo",
            name: `client ${client} returns`,
            premise: (read) => read("wanted")[client] === 0,
            goal: (read) => read("held")[client] === 0
          }) as const satisfies System<Allocator>["properties"][number]
      ),
      {
        _tag: "LeadsTo",
        name: "the first client obtains the first resource",
        premise: (read) => (read("wanted")[0]! & 1) !== 0,
        goal: (read) => (read("held")[0]! & 1) !== 0
      }
    ]
  }
}
