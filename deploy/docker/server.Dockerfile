# The server: one static program, the client inside it, and nothing else. Images are pinned by digest and can be replaced
# by arguments, for whoever has them elsewhere.
ARG NODE_IMAGE=docker.io/library/node:24-alpine@sha256:d32cdf619f63fe0471182d08996dd516c6275bb5fd31ae06e55a570bd9e1ad43
ARG RUST_IMAGE=docker.io/library/rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1
ARG RUNTIME_IMAGE=gcr.io/distroless/static-debian12:nonroot@sha256:afa5c872c891853ca7fcf1f12c3edb23f7eeef36189728842dd51042ff57f7ab

FROM ${NODE_IMAGE} AS client
WORKDIR /source/client
COPY client/package.json client/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --silent
COPY client ./
RUN npm run --silent build

FROM ${RUST_IMAGE} AS server
# Lists in the program what it is made of, where scanners look for it.
ARG AUDITABLE=0.7.7
RUN cargo install --quiet --locked --root /auditable "cargo-auditable@${AUDITABLE}"
RUN command -v musl-gcc >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends musl-tools; }
WORKDIR /source
COPY rust-toolchain.toml Cargo.toml Cargo.lock ./
RUN rustup target list --installed | grep -q x86_64-unknown-linux-musl || rustup target add x86_64-unknown-linux-musl
COPY crates crates
COPY bench bench
COPY xtask xtask
COPY --from=client /source/client/dist client/dist
# Elsewhere than in the cache, to compile from nothing.
ARG TARGET=/target
# What is compiled does not say when.
ENV SOURCE_DATE_EPOCH=0
ENV CC_x86_64_unknown_linux_musl=musl-gcc CARGO_TARGET_DIR=${TARGET}
# Paths of the place where it is built do not belong into it. Files of an image may be as old as one likes, and Cargo goes by
# their age.
RUN --mount=type=cache,target=/target \
    find crates bench xtask client -type f -exec touch {} + && \
    RUSTFLAGS="--remap-path-prefix=/source=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" \
    PATH=/auditable/bin:$PATH cargo auditable build --locked --release --target x86_64-unknown-linux-musl --package server \
    && install -D ${TARGET}/x86_64-unknown-linux-musl/release/wardlight /image/wardlight \
    && install -d -m 0700 -o 1001 -g 1001 /image/data

FROM ${RUNTIME_IMAGE}
ARG RUNTIME_IMAGE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Wardlight server" \
    org.opencontainers.image.description="A virtual tabletop that keeps its secrets" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
COPY --from=server /image/ /
USER 1001:1001
ENV WARDLIGHT_DATA=/data WARDLIGHT_LOG_FORMAT=json
VOLUME /data
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/wardlight", "healthcheck"]
ENTRYPOINT ["/wardlight"]
CMD ["serve"]
