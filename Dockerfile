# syntax=docker/dockerfile:1

# The build runs on the builder's own processor, and takes the packages of the one that the image is for: only the
# database has a part that depends on it, which comes prebuilt.
#   docker buildx build --platform linux/amd64,linux/arm64 -t fly-autoscaler .
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
ARG TARGETARCH
RUN cpu=$(echo "${TARGETARCH:-$(uname -m)}" | sed 's/amd64/x64/; s/x86_64/x64/; s/aarch64/arm64/') \
  && npm ci --omit=dev --ignore-scripts --os=linux --libc=glibc --cpu="$cpu" \
  && rm -rf node_modules/@libsql/*-musl

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY docker-entrypoint.sh /app/entrypoint.sh
# For commands by `fly ssh console`: as the same user.
COPY docker-entrypoint.sh /usr/local/bin/fly-autoscaler
EXPOSE 9090
# Begins as root to hand over the volume, and goes on as node; with --user it is that user from the start.
ENTRYPOINT ["/app/entrypoint.sh"]
CMD ["serve"]
