import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Config from "../../src/interpreters/live/KubernetesConfig.ts"
import * as Live from "../../src/interpreters/live/Kubernetes.ts"
import { ControlPlane } from "../servers/ControlPlane.ts"
import * as Shared from "../servers/Shared.ts"
import { budgets } from "./controllers/Budgets.ts"
import * as Compare from "./controllers/Compare.ts"
import { garbage } from "./controllers/Garbage.ts"
import { isKnown, known } from "./controllers/Known.ts"
import { sets } from "./controllers/Sets.ts"
import { slices } from "./controllers/Slices.ts"

/** Scripts at a time: each waits most of its time. */
const atOnce = 5

const chosen = process.env["GUNGNIR_CONTROLLERS"]?.split(",")
const scripts = [...garbage, ...sets, ...slices, ...budgets].filter(({ name }) => chosen?.includes(name) ?? true)
const seed = Number(process.env["GUNGNIR_SEED"] ?? 1)
const seeds = [seed, seed + 1, seed + 2]

layer(Shared.controlPlane, { excludeTestServices: true })("the built-in controllers", (it) => {
  it.effect(
    "leave the same objects as kube-controller-manager, whatever the order of their moves",
    () =>
      Effect.gen(function* () {
        const { authority, kubeconfigPath } = yield* ControlPlane
        const send = yield* Live.transport(yield* Config.find(kubeconfigPath))
        const found = yield* Effect.forEach(scripts, (script) => Compare.run(send, script, { authority, seeds }), {
          concurrency: atOnce
        })
        const rows = Compare.tabled(found.flat())
        const steps = scripts.reduce((sum, script) => sum + script.steps.length, 0)
        process.stdout.write(
          `controllers compared at rest ${steps} times in ${seeds.length} orders (seed ${seed}); ` +
            `differences: ${rows.length} kinds\n${Compare.print(rows)}\n`
        )
        assert.deepStrictEqual(
          rows.filter((row) => !isKnown(row)),
          [],
          `beside the ${known.length} known ones`
        )
      }),
    180_000
  )
})
