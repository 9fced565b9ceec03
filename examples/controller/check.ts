/** `node examples/controller/check.ts`: everything that may happen to the greeter, explored. */
import { Console, Effect } from "effect"
import { check, compile, TraceText, Verdicts } from "gungnir/check"
import { model } from "./Model.ts"

const program = Effect.gen(function* () {
  const { coverage, verdicts } = yield* check(compile(model))
  yield* Console.log(Verdicts.table(model.name, verdicts, coverage))
  for (const { trace } of verdicts) if (trace !== undefined) yield* Console.log(TraceText.print(trace))
})

await Effect.runPromise(program)
