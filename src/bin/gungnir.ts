#!/usr/bin/env node
/**
 * The command line: `gungnir operator`, `gungnir check`, `gungnir local` and
 * others. Data on stdout, everything else on stderr.
 */
import "./NodeVersion.ts"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { CliConfig, CliOutput, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { printCrd } from "./Crd.ts"
import * as Ending from "./Ending.ts"
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

/** Only who checks loads the checker: an operator has no use for it. */
const checker = Effect.promise(() => import("./CheckCommand.ts"))

const check = Command.make("check", Flags.check, (flags) =>
  Effect.flatMap(checker, ({ runCheck }) => runCheck(flags))
).pipe(
  Command.withDescription(
    "Explores models of the programs that ship, or of your own: every answer, every order, every fault"
  )
)

const replay = Command.make("replay", Flags.replay, (flags) =>
  Effect.flatMap(checker, ({ runReplay }) => runReplay(flags))
).pipe(Command.withDescription("Takes a run that gungnir check has found again, step by step"))

const gungnir = Command.make("gungnir").pipe(
  Command.withDescription("Valkey clusters on Kubernetes, by programs that are checked as they run"),
  Command.withSubcommands([local, operator, check, replay, crd])
)

Effect.andThen(Ending.listen, Command.run(gungnir, { version })).pipe(
  Effect.provide(
    Layer.mergeAll(
      NodeServices.layer,
      CliOutput.layerPresenter(Ending.presenter),
      CliConfig.layer({ builtIns: Flags.everywhere })
    )
  ),
  Effect.tapCause(Ending.complain),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: Ending.teardown })
)
