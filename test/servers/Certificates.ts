/**
 * Certificates of a control plane for the tests: one authority, short-lived,
 * elliptic keys, no openssl needed.
 */
import "reflect-metadata"
import * as x509 from "@peculiar/x509"
import * as Effect from "effect/Effect"
import { generateKeyPairSync, type webcrypto } from "node:crypto"

/** Both in PEM. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  readonly certificate: string
  /** Certificate for a server that is reached under these host names and addresses. */
  readonly server: (names: ReadonlyArray<string>, addresses: ReadonlyArray<string>) => Effect.Effect<Identity>
  /** Certificate for a client: Kubernetes takes `CN` as the user and `O` as its group. */
  readonly client: (user: string, group?: string) => Effect.Effect<Identity>
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const newKeys = () => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])

const validity = () => ({
  notBefore: new Date(Date.now() - 3_600_000),
  notAfter: new Date(Date.now() + 7 * 24 * 3_600_000)
})

const privatePem = async (keys: webcrypto.CryptoKeyPair): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY")

const serial = () => Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex")

/** A new authority, with what it can issue. */
export const authority: Effect.Effect<Authority> = Effect.promise(async () => {
  const keys = await newKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=gungnir-test-authority",
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)
    ]
  })
  const issue = (subject: string, usage: string, more: ReadonlyArray<x509.Extension>) =>
    Effect.promise(async (): Promise<Identity> => {
      const own = await newKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject,
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        ...validity(),
        extensions: [
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
          new x509.ExtendedKeyUsageExtension([usage]),
          ...more
        ]
      })
      return { certificate: certificate.toString("pem"), key: await privatePem(own) }
    })
  return {
    certificate: root.toString("pem"),
    server: (names, addresses) =>
      issue(`CN=${names[0]}`, x509.ExtendedKeyUsage.serverAuth, [
        new x509.SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: "dns", value }) as const),
          ...addresses.map((value) => ({ type: "ip", value }) as const)
        ])
      ]),
    client: (user, group) =>
      issue(group === undefined ? `CN=${user}` : `O=${group}, CN=${user}`, x509.ExtendedKeyUsage.clientAuth, [])
  }
})

/** Key pair that service account tokens are signed with. */
export const signingKeys = (): { readonly publicKey: string; readonly privateKey: string } =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" }
  })
