/**
 * `gungnir crd`: the CustomResourceDefinition on stdout, for `kubectl apply -f -`.
 */
import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"
import { crdYaml } from "../domain/valkey/Cluster.ts"

export const printCrd: Effect.Effect<void> = Console.log(crdYaml().trimEnd())
