package com.example.backend;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A small HTTP server: {@code /} greets, {@code /health} is for load balancers. */
public final class Backend {

    private static final int DEFAULT_PORT = 8080;

    private final HttpServer server;
    private final ExecutorService workers = Executors.newFixedThreadPool(4);

    /** Binds to {@code port}; 0 takes a free one. */
    public Backend(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(workers);
        server.createContext("/health", exchange -> answer(exchange, "/health", "ok\n"));
        server.createContext("/", exchange -> answer(exchange, "/", "Hello from backend-app\n"));
    }

    public static void main(String[] arguments) throws IOException {
        String port = System.getenv("PORT");
        Backend backend = new Backend(port == null ? DEFAULT_PORT : Integer.parseInt(port));
        Runtime.getRuntime().addShutdownHook(new Thread(backend::stop));
        backend.start();
        System.out.println("listening on port " + backend.port());
    }

    public void start() {
        server.start();
    }

    /** Lets requests in progress finish, for one second. */
    public void stop() {
        server.stop(1);
        workers.shutdown();
    }

    /** The port it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange, String path, String text) throws IOException {
        try {
            // A context answers for everything below its path, too.
            if (!exchange.getRequestURI().getPath().equals(path)) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } finally {
            exchange.close();
        }
    }
}
