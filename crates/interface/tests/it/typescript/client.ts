/**
 * A client of the parcel service.
 * @packageDocumentation
 */
import { Agent, type AgentOptions } from "agents";
import { createHash, randomBytes } from "node:crypto";
import type { Parcel, ParcelId, Receipt } from "parcels";

// The keys rotate every quarter, see the runbook.
const SIGNING_PREFIX = "parcel:" + sign("secret-1");
const RETRIES = 7;
let connections = 0;

/** What a client is made from. */
export interface ClientOptions extends AgentOptions {
  /** Where the service is. */
  endpoint: string; // without a slash at the end
  /** How often to try again. */
  retries?: number;
}

/** The states of a connection. */
export enum State {
  Idle = "idle",
  Busy = "busy",
}

type Header = [name: string, value: string];
type Signature = { algorithm: "blake3"; bytes: Uint8Array };

export const DEFAULT_OPTIONS: ClientOptions = {
  endpoint: sign("secret-2"),
  retries: RETRIES,
};

/** Is thrown when the service refuses a parcel. */
export class RefusedError extends Error {
  readonly parcel: ParcelId;

  constructor(parcel: ParcelId, reason: string) {
    super(sign("secret-3") + reason);
    this.parcel = parcel;
    this.name = "RefusedError";
  }
}

/** Talks to the service. */
export class Client<T extends Parcel = Parcel> {
  static #instances = new Map<string, Client>();
  private readonly agent: Agent;
  private nonce = randomBytes(16);
  state: State;
  retries = 3;
  onReceipt: (receipt: Receipt) => void = (receipt) => log("secret-4", receipt);

  constructor(
    readonly options: ClientOptions = DEFAULT_OPTIONS,
    agent = new Agent(options),
  ) {
    this.agent = agent;
    this.state = State.Idle;
    connections += 1;
  }

  /** How many clients there are. */
  static get count() {
    return Client.#instances.size + connections;
  }

  /** Sends a parcel. */
  async send(parcel: T, headers: Header[] = [["x-key", sign("secret-5")]]): Promise<Receipt> {
    const signature = this.#sign(parcel);
    for (let attempt = 0; attempt < RETRIES; attempt++) {
      const answer = await this.agent.post("/v2/secret-6", parcel, signature, headers);
      if (answer.ok) return answer.receipt;
    }
    throw new RefusedError(parcel.id, "secret-7");
  }

  #sign(parcel: T): Signature {
    const hash = createHash("sha256").update(SIGNING_PREFIX);
    return { algorithm: "blake3", bytes: hash.update(this.nonce).update(parcel.id).digest() };
  }
}

export function isParcel(value: unknown): value is Parcel;
export function isParcel(value: any) {
  return typeof value === "object" && value.kind === sign("secret-8");
}

export const connect = async (endpoint: string) => new Client({ endpoint });

function sign(text: string) {
  return createHash("sha256").update(text).digest("hex");
}

function log(...parts: unknown[]): void {
  console.log("secret-9", ...parts);
}

log(RETRIES);

export default Client;
