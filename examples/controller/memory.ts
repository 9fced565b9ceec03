/** `node examples/controller/memory.ts`: in memory, with nothing else on the machine. */
import { Effect } from "effect"
import { MemoryCluster } from "gungnir/testing"
import { demo, process } from "./Demo.ts"

await Effect.runPromise(Effect.provide(demo, process(MemoryCluster.layer())))
