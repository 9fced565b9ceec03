#!/usr/bin/env node
/**
 * The command line: `gungnir operator`, `gungnir crd`, `gungnir local`. Data on
 * stdout, everything else on stderr.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import { CliError, Command } from "effect/cli"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { printCrd } from "./Crd.ts"
import * as Flags from "./Flags.ts"
import { runLocal } from "./LocalCommand.ts"
import { runOperator } from "./OperatorCommand.ts"
import { version } from "./Version.ts"

const operator = Command.make("operator", Flags.operator, runOperator).pipe(
  Command.withDescription("Operates the Valkey clusters of a Kubernetes cluster")
)

const crd = Command.make("crd", {}, () => printCrd).pipe(
  Command.withDescription("Prints the CustomResourceDefinition of ValkeyCluster as YAML")
)

const local = Command.make("local", Flags.local, runLocal).pipe(
  Command.withDescription("Runs a cluster on this machine, with an embedded Kubernetes, and shows what happens")
)

const gungnir = Command.make("gungnir").pipe(
  Command.withDescription("Valkey clusters on Kubernetes, by programs that are checked as they run"),
  Command.withSubcommands([local, operator, crd])
)

/** One line for what a user can mend; a defect, which is ours, with where it happened. What the parser refused is told by it. */
const complain = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (CliError.isCliError(error) || Cause.hasInterruptsOnly(cause)) return Effect.void
  return Console.error(error instanceof Error ? `gungnir: ${error.message}` : `gungnir: ${Cause.pretty(cause)}`)
}

Command.run(gungnir, { version }).pipe(
  Effect.provide(NodeServices.layer),
  Effect.tapCause(complain),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
