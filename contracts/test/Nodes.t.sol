// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BadUrlLength, PageTooLong} from "../src/Limits.sol";
import {Nodes} from "../src/Nodes.sol";
import {NodeView} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

contract NodesTest is RegistryTest {
    uint256 private constant KEY = 0xC0FFEE;

    function _vector(string memory key) private view returns (bytes32) {
        return VM.parseJsonBytes32(VM.readFile("test/vectors/contract-possession.json"), key);
    }

    function _registerRaw(address operator, bytes32 qx, bytes32 qy, bytes32 r, bytes32 s) private returns (uint32) {
        VM.prank(operator);
        return registry.registerNode(qx, qy, "https://node.example", CLASS, 1, r, s);
    }

    /// The golden receipt, made outside of Solidity, is accepted; its high-s twin and others' use of it aren't.
    function test_GoldenPossession() external {
        string memory json = VM.readFile("test/vectors/contract-possession.json");
        address operator = VM.parseJsonAddress(json, ".operator");
        same(address(registry), VM.parseJsonAddress(json, ".registry"), "registry address");
        (bytes32 qx, bytes32 qy, bytes32 r, bytes32 s) = (_vector(".x"), _vector(".y"), _vector(".r"), _vector(".s"));
        bytes32 nodeId = _vector(".nodeId");
        bytes32 highS = _vector(".highS");
        bytes memory refused = abi.encodeWithSelector(Nodes.NoProofOfPossession.selector, nodeId);

        VM.expectRevert(refused);
        _registerRaw(operator, qx, qy, r, highS);
        VM.expectRevert(refused);
        _registerRaw(BOB, qx, qy, r, s);
        same(_registerRaw(operator, qx, qy, r, s), 0, "index");
        same(registry.nodeIndexOf(nodeId), 0, "by id");
    }

    function testFuzz_RegisterTakesEffectTwoEpochsLater(
        uint256 key,
        address operator,
        string memory url,
        uint32 vram,
        uint32 epoch
    ) external {
        VM.assume(bytes(url).length > 0 && bytes(url).length <= 200);
        key = between(key, 1, P256_ORDER - 1);
        goTo(epoch);
        (bytes32 qx, bytes32 qy, bytes32 nodeId) = nodeKey(key);
        (bytes32 r, bytes32 s) = possession(key, operator);
        VM.prank(operator);
        registry.registerNode(qx, qy, url, CLASS, vram, r, s);

        same(registry.nodeCountAt(uint64(epoch) + 1), 0, "too soon");
        same(registry.nodeCountAt(uint64(epoch) + 2), 1, "in effect");
        NodeView memory found = registry.nodeAt(0, uint64(epoch) + 2);
        same(found.nodeId, nodeId, "id");
        same(found.operator, operator, "operator");
        same(found.qx, qx, "qx");
        same(found.qy, qy, "qy");
        same(found.url, url, "url");
        same(found.gpuClass, CLASS, "class");
        same(found.vramMiB, vram, "vram");
        no(found.retired, "retired");
    }

    function testFuzz_ForgedReceiptsAreRefused(uint256 key, uint256 otherKey, uint256 r, uint256 s) external {
        key = between(key, 1, P256_ORDER - 1);
        otherKey = between(otherKey, 1, P256_ORDER - 1);
        VM.assume(key != otherKey);
        (bytes32 qx, bytes32 qy, bytes32 nodeId) = nodeKey(key);
        bytes memory refused = abi.encodeWithSelector(Nodes.NoProofOfPossession.selector, nodeId);
        VM.expectRevert(refused);
        _registerRaw(ALICE, qx, qy, bytes32(r), bytes32(s));
        (bytes32 otherR, bytes32 otherS) = possession(otherKey, ALICE);
        VM.expectRevert(refused);
        _registerRaw(ALICE, qx, qy, otherR, otherS);
    }

    function testFuzz_PointsOffTheCurveAreRefused(bytes32 qx, bytes32 qy) external {
        (bytes32 r, bytes32 s) = possession(KEY, ALICE);
        bytes32 nodeId = keccak256(abi.encodePacked(qx, qy));
        VM.expectRevert(abi.encodeWithSelector(Nodes.NoProofOfPossession.selector, nodeId));
        _registerRaw(ALICE, qx, qy, r, s);
    }

    /// A receipt is for one chain and one registry.
    function test_ReceiptOfAnotherRegistryIsRefused() external {
        (bytes32 r, bytes32 s) = possession(KEY, ALICE);
        setUp();
        (bytes32 qx, bytes32 qy, bytes32 nodeId) = nodeKey(KEY);
        VM.expectRevert(abi.encodeWithSelector(Nodes.NoProofOfPossession.selector, nodeId));
        _registerRaw(ALICE, qx, qy, r, s);
    }

    function test_AKeyRegistersOnce() external {
        bytes32 nodeId = registerNodeOf(ALICE, KEY);
        (bytes32 qx, bytes32 qy,) = nodeKey(KEY);
        (bytes32 r, bytes32 s) = possession(KEY, BOB);
        VM.expectRevert(abi.encodeWithSelector(Nodes.NodeExists.selector, nodeId));
        _registerRaw(BOB, qx, qy, r, s);
        VM.prank(ALICE);
        registry.retireNode(nodeId);
        VM.expectRevert(abi.encodeWithSelector(Nodes.NodeExists.selector, nodeId));
        _registerRaw(BOB, qx, qy, r, s);
    }

    function testFuzz_UpdatesKeepThePast(uint8 wait, string memory url, bytes32 gpuClass, uint32 vram) external {
        VM.assume(bytes(url).length > 0 && bytes(url).length <= 200);
        bytes32 nodeId = registerNodeOf(ALICE, KEY);
        uint64 epoch = 1 + uint64(wait);
        goTo(epoch);
        VM.startPrank(ALICE);
        registry.updateNode(nodeId, "https://overwritten.example", "x", 7);
        registry.updateNode(nodeId, url, gpuClass, vram);
        VM.stopPrank();
        same(registry.nodeAt(0, epoch + 1).gpuClass, CLASS, "class before");
        same(registry.nodeAt(0, 2).url, "https://node.example", "url at registration");
        NodeView memory found = registry.nodeAt(0, epoch + 2);
        same(found.url, url, "url");
        same(found.gpuClass, gpuClass, "class");
        same(found.vramMiB, vram, "vram");
    }

    /// A retired node keeps its index and is still counted, so old and new draws can be recomputed.
    function testFuzz_RetirementKeepsTheIndex(uint8 wait) external {
        bytes32 nodeId = registerNodeOf(ALICE, KEY);
        registerNodeOf(ALICE, KEY + 1);
        goTo(wait);
        VM.startPrank(ALICE);
        registry.retireNode(nodeId);
        bytes memory retired = abi.encodeWithSelector(Nodes.NodeHasRetired.selector, nodeId);
        VM.expectRevert(retired);
        registry.retireNode(nodeId);
        VM.expectRevert(retired);
        registry.updateNode(nodeId, "https://node.example", CLASS, 1);
        VM.stopPrank();
        same(registry.nodeCountAt(uint64(wait) + 2), 2, "count");
        NodeView memory found = registry.nodeAt(0, uint64(wait) + 2);
        yes(found.retired, "retired");
        same(found.url, "https://node.example", "url");
        no(registry.nodeAt(1, uint64(wait) + 2).retired, "the other");
        if (wait > 0) no(registry.nodeAt(0, uint64(wait) + 1).retired, "until then");
    }

    function testFuzz_OnlyTheOperatorChanges(address stranger) external {
        VM.assume(stranger != ALICE);
        bytes32 nodeId = registerNodeOf(ALICE, KEY);
        bytes memory refused = abi.encodeWithSelector(Nodes.NotNodeOperator.selector, nodeId, stranger);
        VM.startPrank(stranger);
        VM.expectRevert(refused);
        registry.updateNode(nodeId, "https://node.example", CLASS, 1);
        VM.expectRevert(refused);
        registry.retireNode(nodeId);
    }

    function testFuzz_UnknownNodes(bytes32 nodeId, uint32 index, uint64 epoch) external {
        bytes memory unknown = abi.encodeWithSelector(Nodes.UnknownNode.selector, nodeId);
        VM.expectRevert(unknown);
        registry.nodeIndexOf(nodeId);
        VM.expectRevert(unknown);
        registry.updateNode(nodeId, "https://node.example", CLASS, 1);
        VM.expectRevert(unknown);
        registry.retireNode(nodeId);
        VM.expectRevert(abi.encodeWithSelector(Nodes.NoNodeAt.selector, index, epoch));
        registry.nodeAt(index, epoch);
    }

    function test_UrlsAreBounded() external {
        bytes32 nodeId = registerNodeOf(ALICE, KEY);
        VM.startPrank(ALICE);
        VM.expectRevert(abi.encodeWithSelector(BadUrlLength.selector, 0, 200));
        registry.updateNode(nodeId, "", CLASS, 1);
        VM.expectRevert(abi.encodeWithSelector(BadUrlLength.selector, 201, 200));
        registry.updateNode(nodeId, string(new bytes(201)), CLASS, 1);
        registry.updateNode(nodeId, string(new bytes(200)), CLASS, 1);
    }

    function testFuzz_PagesCoverEveryNodeOnce(uint8 from, uint8 count, uint8 split) external {
        uint256 total = 5;
        count = uint8(between(count, 0, 100));
        split = uint8(between(split, 0, total));
        for (uint256 i = 0; i < total; ++i) {
            if (i == split) goTo(1); // the rest takes effect one epoch later
            registerNodeOf(ALICE, KEY + i);
        }
        same(registry.nodeCountAt(2), split, "count at 2");
        same(registry.nodeCountAt(3), total, "count at 3");
        NodeView[] memory page = registry.nodesAt(2, from, count);
        same(page.length, from >= split ? 0 : (count < split - from ? count : split - from), "length");
        for (uint256 i = 0; i < page.length; ++i) {
            same(page[i].index, from + i, "index");
            same(registry.nodeIndexOf(page[i].nodeId), from + i, "by id");
        }
        if (split < total) {
            VM.expectRevert(abi.encodeWithSelector(Nodes.NoNodeAt.selector, split, 2));
            registry.nodeAt(split, 2);
        }
    }

    function test_LongPagesAreRefused() external {
        VM.expectRevert(abi.encodeWithSelector(PageTooLong.selector, 101, 100));
        registry.nodesAt(2, 0, 101);
    }
}
