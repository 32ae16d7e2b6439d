"""The local KAZOO: sends requests byte for byte as KAZOO does, and executes answers as it does.

A call is described by a `Scenario`, in a `World`; playing it yields events (`events`), which
`narration` turns into text and `dialogue` into expectations of tests. The player itself is in
`player`, with the page on how a flow is walked in `player.call`.

The switch shares no parsing, rendering, or checking code with the layer whose answers it judges.
"""
