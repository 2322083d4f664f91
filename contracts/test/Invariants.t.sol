// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../src/AuditRegistry.sol";
import {EpochReport, ReportView} from "../src/Types.sol";
import {Actors, RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Four operators who register, change, retire and report in any order, with a memory of what must stay true.
contract Handler is Actors {
    struct Chain {
        uint64 effective;
        bytes32 secret;
    }

    uint256 public constant OPERATORS = 4;
    uint256 private constant CHAIN_LENGTH = 400;

    mapping(address operator => Chain[]) private _chains;
    mapping(address operator => uint64[]) public postedEpochs;
    mapping(address operator => mapping(uint64 epoch => bytes32)) public postedRoots;
    bytes32[] public nodeIds;
    /// Fingerprint of each epoch's sets, taken when the epoch became final.
    bytes32[] public frozen;
    /// A call that had to succeed failed, or one that had to fail succeeded.
    string public surprise;

    constructor(AuditRegistry registry_) {
        registry = registry_;
        _freeze();
        // all but one are there from the start, so that short runs get to reports too
        for (uint256 i = 1; i < OPERATORS; ++i) {
            register(i, keccak256(abi.encode("first secret", i)));
            addNode(i);
        }
        advance(2, 0);
    }

    function operatorOf(uint256 i) public pure returns (address) {
        return address(uint160(0x1000 + i % OPERATORS));
    }

    function postedCount(address operator) external view returns (uint256) {
        return postedEpochs[operator].length;
    }

    function nodeTotal() external view returns (uint256) {
        return nodeIds.length;
    }

    function frozenTotal() external view returns (uint256) {
        return frozen.length;
    }

    function advance(uint8 epochs, uint16 extra) public {
        VM.warp(block.timestamp + uint256(epochs % 3 + 1) * EPOCH_SECONDS + extra % EPOCH_SECONDS);
        VM.roll(block.number + 1);
        _freeze();
    }

    function register(uint256 i, bytes32 secret) public {
        address operator = operatorOf(i);
        VM.prank(operator);
        try registry.registerValidator(_signer(operator), seedAt(secret, CHAIN_LENGTH, 0), "https://v.example") {
            _chains[operator].push(Chain(registry.currentEpoch() + 2, secret));
        } catch {
            if (_chains[operator].length == 0) surprise = "registration refused";
        }
    }

    function rotate(uint256 i, bytes32 secret) external {
        address operator = operatorOf(i);
        VM.prank(operator);
        try registry.rotateSeed(seedAt(secret, CHAIN_LENGTH, 0)) {
            Chain[] storage chains = _chains[operator];
            uint64 effective = registry.currentEpoch() + 2;
            if (chains[chains.length - 1].effective == effective) chains.pop();
            chains.push(Chain(effective, secret));
        } catch {}
    }

    function update(uint256 i, uint256 urlLength) external {
        address operator = operatorOf(i);
        VM.prank(operator);
        try registry.updateValidator(_signer(operator), string(new bytes(between(urlLength, 1, 200)))) {} catch {}
    }

    function retire(uint256 i, uint8 luck) external {
        if (luck % 8 != 0) return; // final, so rare
        VM.prank(operatorOf(i));
        try registry.retireValidator() {} catch {}
    }

    function addNode(uint256 i) public {
        nodeIds.push(registerNodeOf(operatorOf(i), 1 + nodeIds.length));
    }

    function updateNode(uint256 i, uint256 which, uint32 vram, bool retireIt) external {
        if (nodeIds.length == 0) return;
        bytes32 nodeId = nodeIds[which % nodeIds.length];
        VM.prank(operatorOf(i));
        if (retireIt) {
            try registry.retireNode(nodeId) {} catch {}
        } else {
            try registry.updateNode(nodeId, "https://n.example", CLASS, vram) {} catch {}
        }
    }

    /// The everyday case: an epoch passes, then a report is posted.
    function advanceAndReport(uint256 i, uint256 choice) external {
        advance(0, 0);
        report(i, choice);
    }

    /// A right report for any epoch between the last one and the current one must be accepted.
    function report(uint256 i, uint256 choice) public {
        address operator = operatorOf(i);
        (uint64 last,,) = registry.lastReport(operator);
        uint64 current = registry.currentEpoch();
        if (current < last + 2) return;
        uint64 epoch = uint64(between(choice, last + 1, current - 1));
        if (!registry.validatorAt(operator, epoch).active) return;
        EpochReport memory made = reportOf(operator, epoch, _seed(operator, epoch));
        bytes memory signature = signedBy(_key(operator), made);
        try registry.postReport(made, signature) {
            postedEpochs[operator].push(epoch);
            postedRoots[operator][epoch] = made.auditRoot;
        } catch {
            surprise = "right report refused";
        }
    }

    /// Another report for an epoch that is taken or passed must never be accepted.
    function overwrite(uint256 i, uint256 choice, bytes32 root) external {
        address operator = operatorOf(i);
        (uint64 last,,) = registry.lastReport(operator);
        if (last == 0) return;
        uint64 epoch = uint64(between(choice, 1, last));
        EpochReport memory made = reportOf(operator, epoch, registry.reportOf(operator, epoch).seed);
        made.auditRoot = root;
        bytes memory signature = signedBy(_key(operator), made);
        try registry.postReport(made, signature) {
            surprise = "epoch written twice";
        } catch {}
    }

    /// Everything that is in effect at an epoch.
    function fingerprint(uint64 epoch) public view returns (bytes32 hash) {
        hash = keccak256(abi.encode(registry.validatorCountAt(epoch), registry.nodesAt(epoch, 0, 100)));
        for (uint256 i = 0; i < OPERATORS; ++i) {
            address operator = operatorOf(i);
            address bySigner = registry.validatorBySigner(_signer(operator), epoch);
            hash = keccak256(abi.encode(hash, registry.validatorAt(operator, epoch), bySigner));
        }
    }

    function _freeze() private {
        while (frozen.length <= registry.currentEpoch() + 1) frozen.push(fingerprint(uint64(frozen.length)));
    }

    function _key(address operator) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("signer", operator))) >> 8;
    }

    function _signer(address operator) private pure returns (address) {
        return VM.addr(_key(operator));
    }

    function _seed(address operator, uint64 epoch) private view returns (bytes32) {
        Chain[] storage chains = _chains[operator];
        uint256 at = chains.length - 1;
        while (chains[at].effective > epoch) --at;
        return seedAt(chains[at].secret, CHAIN_LENGTH, epoch - chains[at].effective + 1);
    }
}

contract InvariantsTest is RegistryTest {
    Handler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new Handler(registry);
    }

    /// What forge may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// Right reports are accepted, second ones never.
    function invariant_NoSurprises() external view {
        same(_handler.surprise(), "", "surprise");
    }

    /// Each validator's reports form one chain of falling epochs that holds exactly what was posted, roots unchanged.
    function invariant_ReportsStand() external view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.operatorOf(i);
            uint256 left = _handler.postedCount(operator);
            (uint64 epoch,,) = registry.lastReport(operator);
            while (epoch != 0) {
                yes(left > 0, "no more reports than posted");
                same(epoch, _handler.postedEpochs(operator, --left), "epoch");
                ReportView memory found = registry.reportOf(operator, epoch);
                same(found.auditRoot, _handler.postedRoots(operator, epoch), "root");
                yes(found.previousEpoch < epoch, "falls");
                epoch = found.previousEpoch;
            }
            same(left, 0, "none lost");
        }
    }

    /// A node keeps its index for ever, and no index is used twice.
    function invariant_NodeIndicesAreStable() external view {
        uint256 total = _handler.nodeTotal();
        same(registry.nodeCountAt(type(uint64).max), total, "count");
        for (uint256 i = 0; i < total; ++i) {
            same(registry.nodeIndexOf(_handler.nodeIds(i)), i, "index");
            same(registry.nodeAt(uint32(i), type(uint64).max).nodeId, _handler.nodeIds(i), "id");
        }
    }

    /// What is in effect at the current epoch or the next one doesn't change; checked after each call.
    function invariant_FinalEpochsNeverChange() external view {
        uint64 current = registry.currentEpoch();
        same(_handler.frozenTotal(), current + 2, "frozen up to the next epoch");
        _expectFrozen(current);
        _expectFrozen(current + 1);
    }

    /// Nor does any epoch before; checked at the end of each run.
    function afterInvariant() external view {
        for (uint64 epoch = 0; epoch < _handler.frozenTotal(); ++epoch) {
            _expectFrozen(epoch);
        }
    }

    function _expectFrozen(uint64 epoch) private view {
        same(_handler.fingerprint(epoch), _handler.frozen(epoch), VM.toString(epoch));
    }
}
