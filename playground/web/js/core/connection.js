// The page's end of a socket: reconnects by itself; every `ready` holds the whole state.

const FIRST_WAIT = 300;
const LONGEST_WAIT = 5000;
const WORLD = "playground-world";

/** Whether the playground was reset; if so, what this tab remembers of the earlier world, drafts included, is dropped. */
function dropEarlierWorld(world) {
  const earlier = sessionStorage.getItem(WORLD);
  const reset = earlier && earlier !== world;
  for (const key of reset ? Object.keys(sessionStorage) : []) if (!/user|panel/.test(key)) sessionStorage.removeItem(key);
  sessionStorage.setItem(WORLD, world);
  return reset;
}

export class Connection extends EventTarget {
  constructor(user, path = "/client/ws") {
    super();
    this.user = user;
    this.path = path;
    this.wait = FIRST_WAIT;
    this.count = 0;
    this.known = false; // whether the server has ever accepted a member from this page
    this.prefix = Math.random().toString(36).slice(2, 8);
  }

  open() {
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    if (this.user) url.searchParams.set("user", this.user);
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("message", (event) => this.receive(socket, event.data));
    socket.addEventListener("close", () => this.lost(socket));
  }

  receive(socket, text) {
    if (socket !== this.socket) return;
    const { t: name, d: detail } = JSON.parse(text);
    if (name === "ready") {
      if (detail.world && dropEarlierWorld(detail.world)) return location.reload();
      this.wait = FIRST_WAIT;
      this.known = true;
      this.emit("up");
    }
    this.emit(name, detail);
  }

  lost(socket) {
    if (socket !== this.socket) return;
    this.emit("down");
    if (!this.known) this.user = null; // a member that does not exist: the server chooses one
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  /** Continues as another member: the old socket is closed and its late frames are ignored. */
  become(user) {
    this.user = user;
    clearTimeout(this.timer);
    const old = this.socket;
    this.open();
    old?.close();
  }

  /** Closes the socket for good. */
  end() {
    clearTimeout(this.timer);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  /** Sends one operation; returns the nonce of its answers, or null while there is no connection. */
  send(op, body = {}) {
    if (this.socket?.readyState !== WebSocket.OPEN) return null;
    const nonce = `${this.prefix}-${(this.count += 1)}`;
    this.socket.send(JSON.stringify({ op, nonce, ...body }));
    return nonce;
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
