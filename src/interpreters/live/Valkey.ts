/**
 * Valkey nodes over RESP3 and TCP: the transport of the operator.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import * as Pool from "./ValkeyPool.ts"
import { dialer } from "./ValkeySocket.ts"

/** Connections are opened when first used, and end with the layer's scope. */
export const layerWith = (options: Pool.Options): Layer.Layer<Valkey> =>
  Layer.effect(Valkey, Effect.map(Pool.make(dialer, options), Valkey.over))

export const layer: Layer.Layer<Valkey> = layerWith({})
