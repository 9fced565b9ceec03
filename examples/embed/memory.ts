/** `node examples/embed/memory.ts`: cluster and nodes in memory. */
import { Effect } from "effect"
import { LeaderElection, stack } from "gungnir"
import { MemoryWorld } from "gungnir/testing"
import { app } from "./App.ts"

await Effect.runPromise(Effect.provide(app, stack(MemoryWorld.layer(), LeaderElection.alone)))
